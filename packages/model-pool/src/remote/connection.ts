import { Agent, type Dispatcher } from 'undici';
import { failureOfTransport } from '../backends/ollama/failures.js';
import { Watchdog } from '../backends/ollama/watchdog.js';
import { fromCallError, poolError } from '../calls/call-error.js';
import { ModelPoolError } from '../errors.js';
import type { CallError, Clock } from '../types.js';
import { type ServerSentEvent, SseReader } from './sse-reader.js';

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

/** Requests to a served pool. */
export class Connection {
  readonly #options: ConnectionOptions;
  readonly #dispatcher: Dispatcher;

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
  async json<Value>(method: 'GET' | 'POST', path: string, body: object | null, signal: AbortSignal): Promise<Value> {
    try {
      const answer = await this.#send(method, path, body, signal);
      return (await answer.body.json()) as Value;
    } catch (error) {
      throw this.#failure(error, false, signal);
    }
  }

  /** The events of a stream, until the server ends it. Leaving the loop closes the connection. */
  async *events(
    method: 'GET' | 'POST',
    path: string,
    body: object | null,
    signal: AbortSignal,
  ): AsyncGenerator<ServerSentEvent> {
    const { clock, silenceMs } = this.#options;
    const controller = new AbortController();
    const onAbort = () => controller.abort(signal.reason);
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
    const silent = poolError('stream-broken', `the server was silent for ${silenceMs} ms`, {
      details: { fault: 'silence' },
    });
    const watchdog = new Watchdog(clock, silenceMs, () => controller.abort(silent));
    let hasBytes = false;
    try {
      const { body: stream } = await this.#send(method, path, body, controller.signal);
      const reader = new SseReader();
      try {
        for await (const chunk of stream as AsyncIterable<Uint8Array>) {
          hasBytes = true;
          watchdog.touch();
          for (const event of reader.push(chunk)) yield event;
          watchdog.touch();
        }
      } finally {
        stream.on('error', () => {});
        stream.destroy();
      }
    } catch (error) {
      throw this.#failure(controller.signal.aborted ? controller.signal.reason : error, hasBytes, signal);
    } finally {
      watchdog.stop();
      signal.removeEventListener('abort', onAbort);
    }
  }

  async #send(
    method: 'GET' | 'POST',
    path: string,
    body: object | null,
    signal: AbortSignal,
  ): Promise<Dispatcher.ResponseData> {
    const { url, token } = this.#options;
    const origin = new URL(typeof url === 'function' ? await url() : url).origin;
    const bearer = typeof token === 'function' ? await token() : token;
    signal.throwIfAborted();
    const answer = await this.#dispatcher.request({
      origin,
      path,
      method,
      signal,
      headers: {
        ...(bearer === null ? {} : { authorization: `Bearer ${bearer}` }),
        ...(body === null ? {} : { 'content-type': 'application/json' }),
      },
      body: body === null ? null : JSON.stringify(body),
    });
    if (answer.statusCode === 200) return answer;
    throw failureOfStatus(answer.statusCode, await answer.body.text());
  }

  #failure(error: unknown, hasBytes: boolean, signal: AbortSignal): unknown {
    if (signal.aborted)
      return ModelPoolError.isInstance(signal.reason)
        ? signal.reason
        : poolError('aborted', 'the caller ended the call', { cause: signal.reason });
    return failureOfTransport(error, hasBytes);
  }
}

/** What an error envelope has beside what errors of this package have. */
interface ForeignError extends CallError {
  readonly hint: string | null;
}

/** The error in an answer that is no success. */
function failureOfStatus(status: number, body: string): ModelPoolError {
  const envelope = readEnvelope(body);
  if (envelope === null) {
    const details = { status, body: body.slice(0, 200) };
    return poolError(codeOfStatus(status), `the model server answered ${status}`, { details });
  }
  const known = fromCallError(envelope);
  if (known.code === envelope.code) return known;
  const { code, message, hint, retryable, retryAfterMs, details } = envelope;
  return poolError(code === 'models-unavailable' ? 'model-missing' : codeOfStatus(status), message, {
    ...{ retryable, retryAfterMs },
    details: { status, envelope: { code, hint, details } },
  });
}

function codeOfStatus(status: number): 'backend-down' | 'configuration' | 'rejected' {
  if (status >= 500) return 'backend-down';
  return status === 401 || status === 403 ? 'configuration' : 'rejected';
}

/** The `error` of a body, with what it leaves out; `null` if there is none. */
function readEnvelope(body: string): ForeignError | null {
  try {
    const { error } = JSON.parse(body) as { error: Partial<ForeignError> };
    const { code, message, details, hint } = error;
    if (typeof code !== 'string' || typeof message !== 'string') return null;
    return {
      ...{ backend: null, model: null, attempt: null, partialText: null, reason: null, ...error, code, message },
      retryable: error.retryable === true,
      retryAfterMs: typeof error.retryAfterMs === 'number' ? error.retryAfterMs : null,
      details: typeof details === 'object' && details !== null ? details : {},
      hint: typeof hint === 'string' ? hint : null,
    };
  } catch {
    return null;
  }
}
