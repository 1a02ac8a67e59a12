import { setMaxListeners } from 'node:events';
import { fromCallError, poolError } from '../calls/call-error.js';
import type { CallEvent } from '../events.js';
import type { CallError, CallRequest } from '../types.js';
import type { Connection } from './connection.js';

/** Who keeps count of running calls. */
export interface RemoteCallWatch {
  /** The call begins now. */
  began(): void;
  /** The call is over. */
  ended(): void;
}

/** A call on a served pool, with the manners of a call on a pool: it begins with the first step, and leaving early aborts it. */
export class RemoteCall implements AsyncIterableIterator<CallEvent> {
  readonly #controller = new AbortController();
  readonly #events: AsyncGenerator<CallEvent, undefined>;

  constructor(connection: Connection, request: CallRequest, watch: RemoteCallWatch) {
    this.#events = this.#run(connection, request, watch);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<CallEvent, undefined>> {
    return this.#events.next();
  }

  async return(): Promise<IteratorResult<CallEvent, undefined>> {
    this.stop(poolError('aborted', 'the reader left'));
    return this.#events.return(undefined);
  }

  /** Ends the call. */
  stop(reason: Error): void {
    this.#controller.abort(reason);
  }

  async *#run(
    connection: Connection,
    { signal, ...request }: CallRequest,
    watch: RemoteCallWatch,
  ): AsyncGenerator<CallEvent, undefined> {
    const onAbort = () => this.stop(poolError('aborted', 'the caller ended the call', { cause: signal?.reason }));
    if (signal?.aborted) onAbort();
    else if (signal !== undefined) {
      setMaxListeners(0, signal); // one per running call is no leak
      signal.addEventListener('abort', onAbort, { once: true });
    }
    let partialText = '';
    watch.began();
    try {
      for await (const { type, data } of connection.events('POST', '/v1/calls', request, this.#controller.signal)) {
        if (type === 'request-end') return undefined;
        if (type === 'request-error') throw fromCallError(data as CallError);
        const event = data as CallEvent;
        if (event.type === 'text-delta') partialText += event.text;
        else if (event.type === 'call-fallback' && event.dropText) partialText = '';
        yield event;
      }
      throw poolError('stream-broken', 'the model server ended the stream without its last event', {
        partialText: partialText === '' ? null : partialText,
        details: { fault: 'no-end' },
      });
    } finally {
      signal?.removeEventListener('abort', onAbort);
      watch.ended();
    }
  }
}
