import { setMaxListeners } from 'node:events';
import type { ModelPoolError } from '../errors.js';
import type { Id } from '../types.js';
import type { AttemptOutcome } from './attempt.js';
import { AttemptLoop } from './attempt-loop.js';
import { poolError } from './call-error.js';
import { CallIteration } from './call-iteration.js';
import { type CheckedRequest, promptText } from './checked-request.js';
import { deadlineError } from './deadline.js';
import type { PoolParts } from './pool-parts.js';
import { Stop } from './stop.js';

/** What a finished call is. */
export interface FinishedCall extends AttemptOutcome {
  /** The request. */
  readonly requestId: Id;
}

/** Who keeps count of running calls. */
export interface CallWatch {
  /** The call begins now; throws where it may not. */
  began(run: CallRun): void;
  /** The call is over. */
  ended(run: CallRun): void;
}

/** One call with its attempts. */
export class CallRun extends CallIteration {
  readonly request: CheckedRequest;
  readonly #parts: PoolParts;
  readonly #watch: CallWatch;
  readonly #stop = new Stop();
  #endsAtMs: number | null = null;
  #finished: FinishedCall | null = null;

  constructor(parts: PoolParts, request: CheckedRequest, watch: CallWatch) {
    super();
    this.#parts = parts;
    this.request = request;
    this.#watch = watch;
  }

  /** How it ended; `null` until the iteration is over without an error. */
  get finished(): FinishedCall | null {
    return this.#finished;
  }

  protected cancel(reason: ModelPoolError): void {
    this.#stop.now(reason);
  }

  protected async run(): Promise<void> {
    const { request } = this;
    let stopListening = () => {};
    let stopTimer = () => {};
    try {
      const loop = new AttemptLoop({
        parts: this.#parts,
        request,
        promptTokens: this.#parts.countTokens(promptText(request)),
        stop: this.#stop,
        remainingMs: () => (this.#endsAtMs === null ? null : this.#endsAtMs - this.#parts.clock.monotonicMs()),
        send: (event) => {
          this.channel.push(event);
          this.#parts.emit(event);
        },
        room: () => this.channel.room(),
      });
      stopListening = this.#listen(request.signal);
      stopTimer = this.#startDeadline(loop, request.deadlineMs);
      this.#watch.began(this);
      const outcome = await loop.run();
      this.#finished = { ...outcome, requestId: request.requestId };
      this.channel.end();
    } catch (error) {
      this.channel.end(error);
    } finally {
      stopTimer();
      stopListening();
      this.#watch.ended(this);
    }
  }

  #listen(signal: AbortSignal | null): () => void {
    if (signal === null) return () => {};
    const onAbort = () => this.stop(poolError('aborted', 'the caller ended the call', { cause: signal.reason }));
    if (signal.aborted) {
      onAbort();
      return () => {};
    }
    setMaxListeners(0, signal); // one per running call is no leak
    signal.addEventListener('abort', onAbort, { once: true });
    return () => signal.removeEventListener('abort', onAbort);
  }

  #startDeadline(loop: AttemptLoop, deadlineMs: number | null): () => void {
    if (deadlineMs === null) return () => {};
    const { clock } = this.#parts;
    this.#endsAtMs = clock.monotonicMs() + deadlineMs;
    return clock.after(deadlineMs, () =>
      this.stop(deadlineError(deadlineMs, loop.phase, loop.lastError?.code ?? null)),
    );
  }
}
