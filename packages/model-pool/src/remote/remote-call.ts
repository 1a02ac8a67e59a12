import { setMaxListeners } from 'node:events';
import { fromCallError, poolError, withFacts } from '../calls/call-error.js';
import { CallIteration } from '../calls/call-iteration.js';
import { ModelPoolError } from '../errors.js';
import type { CallEvent } from '../events.js';
import type { CallError, CallRequest } from '../types.js';
import type { Connection } from './connection.js';
import type { EventStream } from './event-stream.js';

/** Who keeps count of running calls. */
export interface RemoteCallWatch {
  /** The call begins now. */
  began(): void;
  /** The call is over. */
  ended(): void;
}

/** A call on a served pool, with the manners of a call on a pool. */
export class RemoteCall extends CallIteration {
  readonly #connection: Connection;
  readonly #request: CallRequest;
  readonly #watch: RemoteCallWatch;
  #stream: EventStream | null = null;
  #partialText = '';
  #isWhole = false;

  constructor(connection: Connection, request: CallRequest, watch: RemoteCallWatch) {
    super();
    this.#connection = connection;
    this.#request = request;
    this.#watch = watch;
  }

  protected cancel(reason: ModelPoolError): void {
    this.#stream?.abort(reason);
  }

  protected async run(): Promise<void> {
    const { signal, ...request } = this.#request;
    const aborted = () => poolError('aborted', 'the caller ended the call', { cause: signal?.reason });
    const onAbort = () => this.stop(aborted());
    this.#watch.began();
    try {
      if (signal?.aborted) throw aborted();
      const stream = this.#connection.open('POST', '/v1/calls', request, {
        take: (type, data) => this.#take(type, data),
        room: () => this.channel.room(),
      });
      this.#stream = stream;
      if (signal !== undefined) {
        setMaxListeners(0, signal); // one per running call is no leak
        signal.addEventListener('abort', onAbort, { once: true });
      }
      await stream.ended;
      if (!this.#isWhole) throw endless();
    } catch (error) {
      // A server that died after its last event has said everything.
      if (!this.#isWhole) this.channel.end(this.#withText(error));
    } finally {
      signal?.removeEventListener('abort', onAbort);
      this.#watch.ended();
    }
  }

  #take(type: string, data: unknown): void {
    if (type === 'request-end' || type === 'request-error') {
      this.#isWhole = true;
      this.channel.end(type === 'request-end' ? null : fromCallError(data as CallError));
      return;
    }
    const event = data as CallEvent;
    if (event.type === 'text-delta') this.#partialText += event.text;
    else if (event.type === 'call-fallback' && event.dropText) this.#partialText = '';
    this.channel.push(event);
  }

  /** The error with what had arrived of the answer. */
  #withText(error: unknown): unknown {
    const partialText = this.#partialText === '' ? null : this.#partialText;
    return ModelPoolError.isInstance(error) ? withFacts(error, { partialText }) : error;
  }
}

/** The error of a stream that ended without its last event. */
export function endless(): ModelPoolError {
  return poolError('stream-broken', 'the model server ended the stream without its last event', {
    details: { fault: 'no-end' },
  });
}
