import { poolError } from '../../calls/call-error.js';
import { ModelPoolError, type ModelPoolErrorCode } from '../../errors.js';
import type { JsonObject } from '../../types.js';
import { readMemoryRefusal } from './memory-refusal.js';

/** Facts of an answer that is no success. */
export interface ErrorAnswer {
  /** HTTP status. */
  readonly status: number;
  /** The `error` of the body, else the body. */
  readonly message: string;
  /** What the server calls the failure, such as `model_not_found`; the narrowest name first. */
  readonly names: readonly string[];
  /** The part of the request that the server blames. */
  readonly param: string | null;
  /** When to try again at the earliest, ms. */
  readonly retryAfterMs: number | null;
  /** Further facts of the body. */
  readonly details: JsonObject;
}

const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';

/** Sizes that llama-server tells with a prompt that is too long, and local-engine with a model that is too large. */
function readSizes(error: JsonObject): JsonObject {
  const { n_prompt_tokens: promptTokens, n_ctx: contextTokens } = error;
  const { needed_bytes: needBytes, available_bytes: availableBytes } = error;
  const sizes = { promptTokens, contextTokens, needBytes, availableBytes };
  return Object.fromEntries(Object.entries(sizes).filter(([, size]) => typeof size === 'number')) as JsonObject;
}

/** Reads a failure as Ollama words it (`{"error":"…"}`) or as OpenAI does (`{"error":{message,type,code,param}}`). */
export function readError(error: unknown, status: number): ErrorAnswer {
  const none = { status, names: [], param: null, retryAfterMs: null, details: {} };
  if (error === null || typeof error !== 'object') return { ...none, message: isText(error) ? error : '' };
  const { message, code, type, param } = error as JsonObject;
  return {
    ...none,
    // An answer with status 200 may name the status that it would have had.
    status: typeof code === 'number' && code >= 400 && code < 600 ? code : status,
    message: isText(message) ? message : JSON.stringify(error),
    names: [code, type].filter(isText),
    param: isText(param) ? param : null,
    details: readSizes(error as JsonObject),
  };
}

/** The `error` of a body; where it is a text its code and facts may stand beside it. */
function errorOf(body: JsonObject): unknown {
  const { error, code } = body;
  return typeof error === 'string' && isText(code) ? { ...body, message: error } : error;
}

/** Reads an answer that is no success, at an instant in epoch ms. */
export function readErrorAnswer(
  status: number,
  body: string,
  header: (name: string) => string | null | undefined,
  nowMs: number,
): ErrorAnswer {
  const afterMs = Number(header('retry-after-ms') ?? Number.NaN);
  const retryAfter = Number.isFinite(afterMs) ? String(afterMs / 1000) : (header('retry-after') ?? null);
  const retryAfterMs = readRetryAfter(retryAfter, nowMs);
  let error: unknown = body;
  try {
    const value: unknown = JSON.parse(body);
    // Older vLLM puts the fields of the error at the top.
    if (value !== null && typeof value === 'object')
      error = 'error' in value ? errorOf(value as JsonObject) : 'message' in value ? value : body;
  } catch {}
  // The line of the status counts here, whatever the body says.
  return { ...readError(error, status), status, retryAfterMs };
}

/** Names of failures that mean the same with every status. */
const named: ReadonlyMap<string, ModelPoolErrorCode> = new Map([
  ['context_length_exceeded', 'context-too-long'],
  ['exceed_context_size_error', 'context-too-long'],
  ['insufficient-memory', 'memory-insufficient'],
  ['insufficient_quota', 'configuration'],
  ['model_not_found', 'model-missing'],
  ['not_supported_error', 'capability-missing'],
  ['NotFoundError', 'model-missing'],
]);
const unsupported = new Set(['unknown_parameter', 'unsupported_parameter', 'unsupported_value']);
const capabilities = new Set(['reasoning_effort', 'response_format', 'tool_choice', 'tools']);

const missingModel =
  /model .*(not found|does not exist)|not found, try pulling|not in the catalog|pull model manifest: file does not exist/i;
const missingCapability = /does not support|requires? --/i;
const longContext =
  /(exceed|longer than|too (long|large)|larger than|greater than).*context|context (length|window|size).*(exceed|too)|maximum context length|context the overflows|too large to process/i;
const busy = /server busy|maximum pending requests|overloaded/i;
const badOption =
  /invalid option|option .* must be|invalid duration|invalid keep_alive|cannot unmarshal|invalid json|invalid character/i;

function codeOfBadRequest(message: string): ModelPoolErrorCode {
  if (missingCapability.test(message)) return 'capability-missing';
  if (longContext.test(message)) return 'context-too-long';
  if (missingModel.test(message)) return 'model-missing';
  return badOption.test(message) ? 'configuration' : 'rejected';
}

function codeOf({ status, message, names, param }: ErrorAnswer): ModelPoolErrorCode {
  for (const name of names) {
    const code = named.get(name);
    if (code !== undefined) return code;
    if (unsupported.has(name) && param !== null && capabilities.has(param)) return 'capability-missing';
  }
  if (status === 429 || status === 503) return 'overloaded';
  if (status === 404) return missingModel.test(message) ? 'model-missing' : 'configuration';
  if (status === 401 || status === 403 || (status >= 300 && status < 400)) return 'configuration';
  if (status === 400 || status === 422) return codeOfBadRequest(message);
  // llama-server's own words: what it cannot do as it was started is an internal error to it.
  if (status === 500 && /requires --jinja/.test(message)) return 'capability-missing';
  if (status === 500 && /too large to process/.test(message)) return 'context-too-long';
  // Older Ollama: 0.17 answers 500 for what is 400 later.
  if (status === 500 && /^option .* must be of type/.test(message)) return 'configuration';
  if (status === 500 && readMemoryRefusal(message) !== null) return 'memory-insufficient';
  if (status === 499 || status === 500) return 'load-failed';
  return status === 502 || status === 504 ? 'backend-down' : 'rejected';
}

/** `Retry-After` in ms from an instant in epoch ms, at most 30 s. */
export function readRetryAfter(header: string | null, nowMs: number): number | null {
  if (header === null) return null;
  const seconds = Number(header);
  const ms = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(header) - nowMs;
  return Number.isFinite(ms) ? Math.min(30_000, Math.max(0, ms)) : null;
}

const factsOf = ({ message, names, param, details }: ErrorAnswer): JsonObject => ({
  ...readMemoryRefusal(message),
  ...(names.length === 0 ? {} : { names }),
  ...(param === null ? {} : { param }),
  ...details,
});

/** The error for an answer that is no success. */
export function failureOfAnswer(answer: ErrorAnswer): ModelPoolError {
  const { status, message, retryAfterMs } = answer;
  return poolError(codeOf(answer), message.slice(0, 500) || `the server answered ${status}`, {
    retryAfterMs,
    details: { status, ...factsOf(answer) },
  });
}

function statusOfWords(message: string): number {
  if (busy.test(message)) return 503;
  if (missingModel.test(message)) return 404;
  return missingCapability.test(message) || longContext.test(message) ? 400 : 500;
}

/** The error for an `error` in a stream. Before the first text it is what the same words would be with a status. */
export function failureOfLine(error: unknown, hasText: boolean): ModelPoolError {
  const read = readError(error, 500);
  const answer = read.status === 500 ? { ...read, status: statusOfWords(read.message) } : read;
  return poolError(hasText ? 'stream-broken' : codeOf(answer), read.message.slice(0, 500), {
    details: { fault: 'error-line', ...factsOf(answer) },
  });
}

const refusals = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EAI_AGAIN',
  'UND_ERR_CONNECT_TIMEOUT',
]);

/** The error for a connection that failed. Errors of this package and aborts pass through unchanged. */
export function failureOfTransport(error: unknown, hasBytes: boolean): unknown {
  if (ModelPoolError.isInstance(error) || !(error instanceof Error) || error.name === 'AbortError') return error;
  const cause = error.cause as { code?: string } | undefined;
  const transportCode = (error as { code?: string }).code ?? cause?.code ?? error.name;
  if (hasBytes) {
    return poolError('stream-broken', 'the connection broke in the middle of the answer', {
      cause: error,
      details: { fault: transportCode },
    });
  }
  if (error instanceof SyntaxError) {
    return poolError('configuration', 'the server does not answer as its kind does: check its url', { cause: error });
  }
  const refused = refusals.has(transportCode);
  const message = refused
    ? 'the server cannot be reached: is it running?'
    : 'the server closed the connection before it answered';
  return poolError('backend-down', message, { cause: error, details: { fault: transportCode, refused } });
}
