import { Ollama } from 'ollama';
import { type Agent, fetch as undiciFetch } from 'undici';
import type { JsonObject } from '../../types.js';
import { failureOfAnswer, failureOfLine, failureOfTransport } from './failures.js';
import { NdjsonReader } from './ndjson.js';

/** What a client is made of. */
export interface ClientOptions {
  /** Base of the API. */
  readonly url: string;
  /** Headers of every request. */
  readonly headers: Record<string, string>;
  /** Connections. */
  readonly agent: Agent;
  /** Ends the one call that the client is made for. */
  readonly signal: AbortSignal;
}

/** The `error` of a body, else the body. */
export function readErrorBody(body: string): string {
  try {
    const { error } = JSON.parse(body) as { error?: unknown };
    if (typeof error === 'string') return error;
    if (error !== null && typeof error === 'object' && 'message' in error) return String(error.message);
  } catch {}
  return body;
}

/** Lets whole good objects through, as lines, and refuses a bad line, an `{"error"}` line and a missing end. */
function guard(): TransformStream<Uint8Array, Uint8Array> {
  const reader = new NdjsonReader();
  const encoder = new TextEncoder();
  let ended = false;
  const take = (value: JsonObject, controller: TransformStreamDefaultController<Uint8Array>) => {
    if (typeof value.error === 'string') throw failureOfLine(value.error, false);
    ended ||= value.done === true || value.status === 'success';
    controller.enqueue(encoder.encode(`${JSON.stringify(value)}\n`));
  };
  return new TransformStream({
    transform(chunk, controller) {
      for (const value of reader.push(chunk)) take(value, controller);
    },
    flush(controller) {
      const last = reader.end();
      if (last !== null) take(last, controller);
      if (!ended) throw failureOfLine('the stream ended without a last object', true);
    },
  });
}

/** A client for one call of the ollama package, which has neither signals nor typed errors of its own. */
export function createOllamaClient({ url, headers, agent, signal }: ClientOptions): Ollama {
  const call = async (input: string, init: Record<string, unknown>) => {
    const own = init.signal as AbortSignal | undefined;
    const response = await undiciFetch(input, {
      ...init,
      redirect: 'manual',
      dispatcher: agent,
      signal: own ? AbortSignal.any([own, signal]) : signal,
    });
    if (!response.ok) {
      const message = readErrorBody(await response.text());
      throw failureOfAnswer({ status: response.status, message, retryAfter: response.headers.get('retry-after') });
    }
    const streamed = typeof init.body === 'string' && (JSON.parse(init.body) as JsonObject).stream === true;
    if (!streamed || response.body === null) return response;
    return { ok: true, status: response.status, headers: response.headers, body: response.body.pipeThrough(guard()) };
  };
  return new Ollama({ host: url, headers, fetch: call as unknown as typeof fetch });
}

/** Runs a call of the client; what it rejects with is an error of this package or an abort. */
export async function withClient<Result>(
  options: ClientOptions,
  use: (client: Ollama) => Promise<Result>,
): Promise<Result> {
  try {
    return await use(createOllamaClient(options));
  } catch (error) {
    options.signal.throwIfAborted();
    const inner = error instanceof TypeError && error.cause !== undefined ? error.cause : error;
    throw failureOfTransport(inner, false);
  }
}
