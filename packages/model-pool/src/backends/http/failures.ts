import { poolError } from '../../calls/call-error.js';
import { ModelPoolError, type ModelPoolErrorCode } from '../../errors.js';

/** Facts of an answer that is no success. */
export interface ErrorAnswer {
  /** HTTP status. */
  readonly status: number;
  /** The `error` of the body, else the body. */
  readonly message: string;
  /** The header. */
  readonly retryAfter: string | null;
}

const missingModel =
  /model .*not found|not found, try pulling|not in the catalog|pull model manifest: file does not exist/i;
const missingCapability = /does not support/i;
const longContext =
  /(exceed|longer than|too (long|large)|larger than).*context|context (length|window|size).*(exceed|too)/i;
const busy = /server busy|maximum pending requests|overloaded/i;
const badOption =
  /invalid option|option .* must be|invalid duration|invalid keep_alive|cannot unmarshal|invalid json|invalid character/i;

function codeOf({ status, message }: ErrorAnswer): ModelPoolErrorCode {
  if (status === 429 || status === 503) return 'overloaded';
  if (status === 404) return missingModel.test(message) ? 'model-missing' : 'configuration';
  if (status === 401 || status === 403 || (status >= 300 && status < 400)) return 'configuration';
  if (status === 400) {
    if (missingCapability.test(message)) return 'capability-missing';
    if (longContext.test(message)) return 'context-too-long';
    return badOption.test(message) ? 'configuration' : 'rejected';
  }
  if (status === 499 || status === 500) return 'load-failed';
  return status === 502 || status === 504 ? 'backend-down' : 'rejected';
}

/** `Retry-After` in ms, at most 30 s. */
export function readRetryAfter(header: string | null): number | null {
  if (header === null) return null;
  const seconds = Number(header);
  const ms = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(header) - Date.now();
  return Number.isFinite(ms) ? Math.min(30_000, Math.max(0, ms)) : null;
}

/** The error for an answer that is no success. */
export function failureOfAnswer(answer: ErrorAnswer): ModelPoolError {
  return poolError(codeOf(answer), answer.message.slice(0, 500) || `the server answered ${answer.status}`, {
    retryAfterMs: readRetryAfter(answer.retryAfter),
    details: { status: answer.status },
  });
}

/** The error for an `{"error"}` line. Before the first text it is what the same words would be with a status. */
export function failureOfLine(message: string, hasText: boolean): ModelPoolError {
  const status = busy.test(message)
    ? 503
    : missingModel.test(message)
      ? 404
      : missingCapability.test(message) || longContext.test(message)
        ? 400
        : 500;
  const code = hasText ? 'stream-broken' : codeOf({ status, message, retryAfter: null });
  return poolError(code, message.slice(0, 500), { details: { fault: 'error-line' } });
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
    return poolError('configuration', 'the server does not answer as Ollama does: check its url', { cause: error });
  }
  const refused = refusals.has(transportCode);
  const message = refused
    ? 'the server cannot be reached: is it running?'
    : 'the server closed the connection before it answered';
  return poolError('backend-down', message, { cause: error, details: { fault: transportCode, refused } });
}
