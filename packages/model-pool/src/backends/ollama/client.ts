import { Ollama } from 'ollama';
import { type Agent, Response, fetch as undiciFetch } from 'undici';
import { poolError } from '../../calls/call-error.js';
import type { Clock, JsonObject } from '../../types.js';
import { failureOfAnswer, failureOfLine, failureOfTransport, readErrorAnswer } from '../http/failures.js';
import { answerLimitBytes } from '../http/request-json.js';
import { lineLimitBytes, NdjsonReader } from './ndjson.js';

/** What a client is made of. */
export interface ClientOptions {
  /** Base of the API. */
  readonly url: string;
  /** Headers of every request. */
  readonly headers: Readonly<Record<string, string>>;
  /** Connections. */
  readonly agent: Agent;
  /** Time. */
  readonly clock: Pick<Clock, 'now'>;
  /** Ends the one call that the client is made for. */
  readonly signal: AbortSignal;
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

/** Lets so many bytes through and refuses more. */
function limit(mostBytes: number): TransformStream<Uint8Array, Uint8Array> {
  let bytes = 0;
  return new TransformStream({
    transform(chunk, controller) {
      bytes += chunk.length;
      if (bytes > mostBytes)
        throw poolError('stream-broken', `the answer is larger than ${mostBytes} bytes`, {
          details: { fault: 'answer-too-long' },
        });
      controller.enqueue(chunk);
    },
  });
}

/** The answer without its bombs: fetch unpacks what was packed, however much it is, and reads without a limit. */
async function disarm(response: Response, mostBytes: number): Promise<Response> {
  const encoding = response.headers.get('content-encoding') ?? 'identity';
  if (encoding !== 'identity') {
    await response.body?.cancel();
    throw poolError('stream-broken', `the answer is encoded as ${encoding}, which was not asked for`, {
      details: { fault: 'content-encoding' },
    });
  }
  if (response.body === null) return response;
  const { status, headers } = response;
  return new Response(response.body.pipeThrough(limit(mostBytes)), { status, headers });
}

/** A client for one call of the ollama package, which has neither signals nor typed errors of its own. */
export function createOllamaClient({ url, headers, agent, clock, signal }: ClientOptions): Ollama {
  const call = async (input: string, init: Record<string, unknown>) => {
    const own = init.signal as AbortSignal | undefined;
    const answer = await undiciFetch(input, {
      ...init,
      headers: { ...(init.headers as Record<string, string>), 'accept-encoding': 'identity' },
      redirect: 'manual',
      dispatcher: agent,
      signal: own ? AbortSignal.any([own, signal]) : signal,
    });
    const streamed = typeof init.body === 'string' && (JSON.parse(init.body) as JsonObject).stream === true;
    // The lines of a stream are limited one by one: a pull may tell its progress for hours.
    const mostBytes = input.endsWith('/api/embed') ? answerLimitBytes : lineLimitBytes;
    const response = await disarm(answer, streamed ? Number.POSITIVE_INFINITY : mostBytes);
    if (!response.ok) {
      const header = (name: string) => response.headers.get(name);
      throw failureOfAnswer(readErrorAnswer(response.status, await response.text(), header, clock.now()));
    }
    if (!streamed || response.body === null) return response;
    return { ok: true, status: response.status, headers: response.headers, body: response.body.pipeThrough(guard()) };
  };
  return new Ollama({ host: url, headers: { ...headers }, fetch: call as unknown as typeof fetch });
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
