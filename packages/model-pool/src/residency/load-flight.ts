import { poolError } from '../calls/call-error.js';
import type { Clock } from '../types.js';
import { waitFor } from '../waiting/wait-for.js';

/** What a load is made of. */
export interface LoadFlightOptions {
  /** Name of the model, for the error. */
  readonly name: string;
  /** Time. */
  readonly clock: Clock;
  /** Time for the load itself, ms. */
  readonly limitMs: number;
  /** Makes room; resolves with a function that gives it back. It has no deadline here. */
  readonly prepare: (signal: AbortSignal) => Promise<() => void>;
  /** Loads. */
  readonly load: (signal: AbortSignal) => Promise<void>;
  /** It is over, before anybody who waits knows. */
  readonly onEnd: (loadMs: number) => void;
  /** It failed, before anybody who waits knows; not a ModelPoolError if everybody left. */
  readonly onError: (error: unknown) => void;
}

/** One load, however many wait for it. It ends when the last one leaves. */
export class LoadFlight {
  readonly #controller = new AbortController();
  readonly #startedMs: number;
  readonly #clock: Clock;
  readonly #done: Promise<void>;
  #waiters = 0;
  #isLeft = false;
  #isOver = false;

  constructor(options: LoadFlightOptions) {
    this.#clock = options.clock;
    this.#startedMs = options.clock.monotonicMs();
    this.#done = this.#run(options);
    this.#done.catch(() => {}); // the waiters get it; there may be none left
  }

  /** How long it has been under way, ms. */
  get ageMs(): number {
    return this.#clock.monotonicMs() - this.#startedMs;
  }

  /** Whether everybody who waited left, so that it ends: nobody is to join it any more. */
  get isLeft(): boolean {
    return this.#isLeft;
  }

  /** Waits until it is over; rejects as it does, or with the signal's reason. */
  async join(signal: AbortSignal): Promise<void> {
    this.#waiters += 1;
    try {
      await waitFor(this.#done, signal);
    } finally {
      this.#waiters -= 1;
      if (this.#waiters === 0 && !this.#isOver) {
        this.#isLeft = true;
        this.#controller.abort(new Error('nobody waits for the load'));
      }
    }
  }

  /** Resolves once it is over, however it ends, or rejects with the signal's reason. Who only watches does not keep it up. */
  async settled(signal: AbortSignal): Promise<void> {
    await waitFor(
      this.#done.catch(() => {}),
      signal,
    );
  }

  async #run({ name, clock, limitMs, prepare, load, onEnd, onError }: LoadFlightOptions): Promise<void> {
    const { signal } = this.#controller;
    let stopTimer = () => {};
    let giveBack = () => {};
    try {
      await null; // whoever starts it knows it before anything of it happens
      giveBack = await prepare(signal);
      signal.throwIfAborted();
      const late = poolError('load-timeout', `${name} was not loaded within ${limitMs} ms`, { details: { limitMs } });
      stopTimer = clock.after(limitMs, () => this.#controller.abort(late));
      const startedMs = clock.monotonicMs();
      await load(signal);
      this.#isOver = true;
      onEnd(clock.monotonicMs() - startedMs);
    } catch (cause) {
      this.#isOver = true;
      const error = signal.aborted ? signal.reason : cause;
      onError(error);
      throw error;
    } finally {
      stopTimer();
      giveBack();
    }
  }
}

/** Time for a load, ms: three times what nearly all took, within the limits; the longest while nothing is known. */
export function loadLimitMs(
  learntMs: number | null,
  limits: { readonly minMs: number; readonly maxMs: number },
): number {
  return learntMs === null ? limits.maxMs : Math.min(limits.maxMs, Math.max(limits.minMs, 3 * learntMs));
}
