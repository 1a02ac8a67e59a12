import { Agent, type Dispatcher } from 'undici';
import { failureOfTransport } from '../backends/http/failures.js';
import { poolError } from '../calls/call-error.js';
import { ModelPoolError } from '../errors.js';
import type { Clock } from '../types.js';
import { EventStream, type EventTaker } from './event-stream.js';
import { failureOfStatus } from './failure-of-status.js';

/** Where a served pool is. */
export interface ConnectionOptions {
  /** Base URL. */
  readonly url: string | (() => string | Promise<string>);
  /** Bearer token. */
  readonly token: string | (() => string | Promise<string>) | null;
  /** Connections; an own agent where it is `null`. */
  readonly dispatcher: Dispatcher | null;
  /** A stream that is silent for longer is broken, ms. */
  readonly silenceMs: number;
  /** Time. */
  readonly clock: Clock;
}

type Method = 'GET' | 'POST';

/** Requests to a served pool. */
export class Connection {
  readonly #options: ConnectionOptions;
  readonly #dispatcher: Dispatcher;
  #base: { readonly url: string; readonly origin: string; readonly root: string } | null = null;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    this.#dispatcher =
      options.dispatcher ?? new Agent({ headersTimeout: 0, bodyTimeout: 0, connect: { timeout: 2_000 } });
  }

  /** Closes the connections that it opened itself. */
  async close(): Promise<void> {
    if (this.#options.dispatcher === null) await this.#dispatcher.destroy();
  }

  /** A JSON answer. */
  async json<Value>(method: Method, path: string, body: object | null, signal: AbortSignal): Promise<Value> {
    try {
      const request = await this.#request(method, path, body);
      signal.throwIfAborted();
      const answer = await this.#dispatcher.request({ ...request, signal });
      if (answer.statusCode !== 200) throw failureOfStatus(answer.statusCode, await answer.body.text());
      return (await answer.body.json()) as Value;
    } catch (error) {
      throw signal.aborted ? reasonOf(signal) : failureOfTransport(error, false);
    }
  }

  /** Asks for a stream of events, which begin to come at once. */
  open(method: Method, path: string, body: object | null, taker: EventTaker): EventStream {
    const { silenceMs, clock } = this.#options;
    const stream = new EventStream({ taker, silenceMs, clock });
    this.#request(method, path, body)
      .then((request) => this.#dispatcher.dispatch({ ...request, headersTimeout: 0, bodyTimeout: 0 }, stream))
      .catch((error: unknown) => stream.abort(failureOfTransport(error, false)));
    return stream;
  }

  /** The same until the stream ends or the signal is aborted. */
  async listen(
    method: Method,
    path: string,
    body: object | null,
    signal: AbortSignal,
    take: EventTaker['take'],
  ): Promise<void> {
    if (signal.aborted) throw reasonOf(signal);
    const stream = this.open(method, path, body, { take });
    const onAbort = () => stream.abort(reasonOf(signal));
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      await stream.ended;
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }

  async #request(method: Method, path: string, body: object | null) {
    const { url, token } = this.#options;
    const { origin, root } = this.#baseOf(typeof url === 'function' ? await url() : url);
    const bearer = typeof token === 'function' ? await token() : token;
    const headers: Record<string, string> = bearer === null ? {} : { authorization: `Bearer ${bearer}` };
    if (body !== null) headers['content-type'] = 'application/json';
    return { origin, path: root + path, method, headers, body: body === null ? null : JSON.stringify(body) };
  }

  /** The address taken apart; a path of it stands before every route. */
  #baseOf(url: string): { readonly origin: string; readonly root: string } {
    if (this.#base?.url !== url) {
      const { origin, pathname } = new URL(url);
      this.#base = { url, origin, root: pathname.replace(/\/+$/, '') };
    }
    return this.#base;
  }
}

/** Why a caller ended what it asked for: it left, or the pool was closed. */
function reasonOf(signal: AbortSignal): ModelPoolError {
  const { reason } = signal;
  if (ModelPoolError.isInstance(reason)) return reason;
  return poolError('aborted', 'the caller ended the call', { cause: reason });
}
