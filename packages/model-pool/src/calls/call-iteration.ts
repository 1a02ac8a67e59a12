import type { ModelPoolError } from '../errors.js';
import type { CallEvent } from '../events.js';
import { poolError } from './call-error.js';
import { EventChannel } from './event-channel.js';

/**
 * The events of one call, of this pool or of a served one. It begins with the first `next`; leaving the loop early aborts it,
 * and `return` resolves once it is settled.
 */
export abstract class CallIteration implements AsyncIterableIterator<CallEvent> {
  /** Carries the events to the reader. */
  protected readonly channel = new EventChannel<CallEvent>();
  #done: Promise<void> | null = null;

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<CallEvent, undefined>> {
    this.#done ??= this.run();
    return this.channel.next();
  }

  async return(): Promise<IteratorResult<CallEvent, undefined>> {
    if (this.#done === null) {
      this.#done = Promise.resolve();
      this.channel.end();
    } else {
      this.stop(poolError('aborted', 'the reader left'));
      await this.#done;
    }
    return { done: true, value: undefined };
  }

  /** Ends the call in whatever state it is; the first reason counts. */
  stop(reason: ModelPoolError): void {
    this.channel.release();
    this.cancel(reason);
  }

  /** Resolves once the call is over; at once if it never began. */
  async settled(): Promise<void> {
    await this.#done;
  }

  /** Makes the call, which ends the channel. Never rejects. */
  protected abstract run(): Promise<void>;

  /** Ends what `run` waits for. */
  protected abstract cancel(reason: ModelPoolError): void;
}
