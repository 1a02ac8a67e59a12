import type { Dispatcher } from 'undici';
import { failureOfTransport } from '../backends/http/failures.js';
import { parseEventData, SseReader } from '../backends/http/sse-reader.js';
import { Watchdog } from '../backends/http/watchdog.js';
import { poolError } from '../calls/call-error.js';
import type { Clock } from '../types.js';
import { failureOfStatus } from './failure-of-status.js';

/** Takes the events of a stream. */
export interface EventTaker {
  /** Takes an event over. */
  take(type: string, data: unknown): void;
  /** A promise while there is no room for more events. */
  room?(): Promise<void> | undefined;
}

/** What a stream is made of. */
export interface EventStreamOptions {
  /** Takes its events. */
  readonly taker: EventTaker;
  /** A stream that is silent for longer is broken, ms. */
  readonly silenceMs: number;
  /** Time. */
  readonly clock: Clock;
}

/** Longest body of an error that is read, bytes. */
const errorLimitBytes = 1024 * 1024;

/**
 * One answer as a stream of events. It reads straight from the connection, because each layer between costs every event
 * something; a slow taker pauses the connection, and a pause is no silence.
 */
export class EventStream implements Dispatcher.DispatchHandler {
  readonly #options: EventStreamOptions;
  readonly #reader = new SseReader();
  readonly #watchdog: Watchdog;
  #resolve: () => void = () => {};
  #reject: (error: unknown) => void = () => {};
  /** Resolves at the end of the answer; rejects with a ModelPoolError, or with the reason of the abort. */
  readonly ended: Promise<void>;
  #controller: Dispatcher.DispatchController | null = null;
  #status = 0;
  #errorBody: Buffer[] = [];
  #hasBytes = false;
  #isPaused = false;
  #isOver = false;

  constructor(options: EventStreamOptions) {
    this.#options = options;
    this.ended = new Promise<void>((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.#watchdog = new Watchdog(options.clock, options.silenceMs, () => this.#onSilence());
  }

  /** Closes the connection. */
  abort(reason: unknown): void {
    if (!this.#finish()) return;
    this.#reject(reason);
    this.#controller?.abort(left);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#isOver) controller.abort(left);
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number): void {
    this.#status = status;
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#isOver) return;
    this.#hasBytes = true;
    this.#watchdog.touch();
    if (this.#status === 200) this.#takeEvents(controller, chunk);
    else this.#keepError(chunk);
  }

  onResponseEnd(): void {
    if (!this.#finish()) return;
    if (this.#status === 200) this.#resolve();
    else this.#reject(failureOfStatus(this.#status, Buffer.concat(this.#errorBody).toString('utf8')));
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    if (this.#finish()) this.#reject(failureOfTransport(error, this.#hasBytes));
  }

  /** False where it is over already. */
  #finish(): boolean {
    if (this.#isOver) return false;
    this.#isOver = true;
    this.#watchdog.stop();
    return true;
  }

  #takeEvents(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    const { taker } = this.#options;
    try {
      for (const { type, data } of this.#reader.push(chunk)) taker.take(type, parseEventData(data));
    } catch (error) {
      this.abort(error);
    }
    const room = taker.room?.();
    if (room === undefined) return;
    this.#isPaused = true;
    controller.pause();
    void room.then(() => {
      this.#isPaused = false;
      this.#watchdog.touch();
      controller.resume();
    });
  }

  #keepError(chunk: Buffer): void {
    const bytes = this.#errorBody.reduce((sum, part) => sum + part.length, chunk.length);
    if (bytes <= errorLimitBytes) this.#errorBody.push(chunk);
  }

  #onSilence(): void {
    const { silenceMs } = this.#options;
    const details = { fault: 'silence' };
    // Nothing is heard while the reader lags.
    if (this.#isPaused) this.#watchdog.change(silenceMs);
    else this.abort(poolError('stream-broken', `the server was silent for ${silenceMs} ms`, { details }));
  }
}

/** What undici is told of an abort; nobody else sees it, so all of them share one. */
const left = new Error('the caller left');
