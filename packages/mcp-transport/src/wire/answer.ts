import { isObject, readEnvelope } from '../envelope.js';
import { McpTransportError, type McpTransportErrorCode, type McpTransportErrorOptions } from '../errors.js';
import { errorKey, keepAliveKey } from '../names.js';
import type { Progress } from '../types.js';
import { createEventStreamParser } from './event-stream.js';

/** Facts that go into every error of an exchange. */
export type ExchangeFacts = Pick<McpTransportErrorOptions, 'server' | 'method' | 'attempt'>;

/** What an answer belongs to. */
export interface Exchange {
  readonly id: number | string;
  readonly facts: ExchangeFacts;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
}

/** An HTTP answer, from node:http or undici. */
export interface WireAnswer {
  readonly status: number;
  readonly header: (name: string) => string | undefined;
  readonly body: AsyncIterable<Uint8Array>;
}

type JsonObject = Record<string, unknown>;

const maxBytes = 16 << 20;

/** The result of a request, from a JSON or an event-stream answer. @throws {@link McpTransportError} */
export async function readAnswer(answer: WireAnswer, exchange: Exchange): Promise<JsonObject> {
  const { facts } = exchange;
  if (answer.status === 200 && isEventStream(answer)) {
    const parser = createEventStreamParser();
    for await (const chunk of answer.body) {
      for (const { data } of parser.push(chunk)) {
        const result = readMessage(parseJson(data, facts), exchange);
        if (result) return result;
      }
    }
    throw failure('stream-lost', 'the stream ended before the answer', { ...facts, retryable: true });
  }
  const result = readMessage(await readJson(answer, facts), exchange);
  if (!result) throw failure('protocol', 'the answer belongs to another request', facts);
  return result;
}

/** The body of an answer with status 200 as JSON. @throws {@link McpTransportError} also for every other status */
export async function readJson(answer: WireAnswer, facts: ExchangeFacts): Promise<unknown> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of answer.body) {
    length += chunk.length;
    if (length > maxBytes) throw failure('too-large', `the answer is larger than ${maxBytes} bytes`, facts);
    chunks.push(chunk);
  }
  const text = Buffer.concat(chunks).toString();
  if (answer.status !== 200) throw errorFromStatus(answer, text, facts);
  return parseJson(text, facts);
}

/** Whether the answer is a stream of events. */
export const isEventStream = (answer: WireAnswer) => !!answer.header('content-type')?.startsWith('text/event-stream');

/** An error of a call that may have run. */
const failure = (code: McpTransportErrorCode, message: string, options: McpTransportErrorOptions) =>
  new McpTransportError(code, message, { mayHaveRun: true, ...options });

function parseJson(text: string, facts: ExchangeFacts): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw failure('protocol', 'the answer is not JSON', { ...facts, cause });
  }
}

function readMessage(message: unknown, { id, facts, onProgress }: Exchange): JsonObject | null {
  if (!isObject(message)) return null;
  const { method, params, error, result } = message;
  if (method === 'notifications/progress' && isObject(params) && params.progressToken === id) {
    const { progress, total, message, _meta: meta } = params as unknown as Progress & { _meta?: JsonObject };
    if (!meta?.[keepAliveKey]) onProgress?.({ progress, total, message, meta });
  }
  if (message.id !== id) return null;
  if (isObject(error)) throw errorFromRpc(error, 200, facts);
  if (!isObject(result)) return null;
  if (result.resultType === 'input_required') {
    throw failure('input-required', 'the server asks for input', facts);
  }
  return result;
}

/** JSON-RPC errors of requests that were refused before anything ran. */
const refusedBeforeRun = new Set([-32700, -32600, -32601, -32602, -32020, -32021, -32022]);

function errorFromRpc(error: JsonObject, status: number, facts: ExchangeFacts): McpTransportError {
  const code = Number(error.code);
  const envelope = readEnvelope((error.data as JsonObject | undefined)?.[errorKey]);
  const name = code === -32022 ? 'version' : envelope?.code === 'unknown-tool' ? 'unknown-tool' : 'protocol';
  const mayHaveRun = !refusedBeforeRun.has(code);
  return new McpTransportError(name, String(error.message), { ...facts, status, envelope, mayHaveRun });
}

const codes: Record<number, McpTransportErrorCode> = {
  401: 'unauthorized',
  403: 'forbidden',
  413: 'too-large',
  429: 'overloaded',
  503: 'overloaded',
};

/** The error of an answer whose status is not 200; it carries the envelope of an `{ error }` body. */
function errorFromStatus({ status, header }: WireAnswer, text: string, facts: ExchangeFacts): McpTransportError {
  let error: unknown = null;
  try {
    error = JSON.parse(text).error;
  } catch {
    // a body that is not JSON says nothing beyond the status
  }
  if (isObject(error) && refusedBeforeRun.has(Number(error.code))) return errorFromRpc(error, status, facts);
  const envelope = readEnvelope(error);
  // a server that does not know this era has no better answer than 400, 404, 405 or 406
  const isOldServer = !!facts.method && !envelope && status >= 400 && status < 500;
  const code = codes[status] ?? (isOldServer ? 'version' : 'protocol');
  return new McpTransportError(code, envelope?.message ?? `the server answered HTTP ${status}`, {
    ...facts,
    status,
    envelope,
    retryAfterMs: envelope?.retryAfterMs ?? readRetryAfter(header('retry-after')),
    retryable: envelope?.retryable ?? (status === 429 || status >= 500),
    mayHaveRun: status >= 500 && status !== 503,
  });
}

/** A `Retry-After` header, seconds or a date, as ms from now. */
export function readRetryAfter(value = '', nowMs = Date.now()): number | null {
  const delayMs = /^\d+$/.test(value) ? Number(value) * 1_000 : Date.parse(value) - nowMs;
  return Number.isNaN(delayMs) ? null : Math.max(0, delayMs);
}
