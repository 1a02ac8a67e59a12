import { McpTransportError } from '../errors.js';
import type { ExchangeFacts } from './answer.js';

/** Failures that come before a byte of the request is sent. */
const notSent =
  /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|E(HOST|NET)UNREACH|EADDRNOTAVAIL|ETIMEDOUT|UND_ERR_CONNECT|ERR_TLS|.*CERT)/;

/**
 * Any failure of one HTTP exchange as error of this package. An aborted signal decides first: streams report an abort in
 * many ways, and only its reason tells a time limit from the caller's wish.
 */
export function failureOf(error: unknown, signal: AbortSignal, facts: ExchangeFacts): McpTransportError {
  if (signal.aborted) return abortedBy(signal.reason, facts);
  if (McpTransportError.isInstance(error)) return error;
  const { code = '', message } = error as NodeJS.ErrnoException;
  const options = { ...facts, retryable: true, cause: error };
  return notSent.test(code)
    ? new McpTransportError('connect', `server not reached: ${message || code}`, options)
    : new McpTransportError('stream-lost', `connection lost: ${message || code}`, { ...options, mayHaveRun: true });
}

/** The error of an aborted call: our own reason as it is, any other as `aborted`. */
export function abortedBy(cause: unknown, facts: ExchangeFacts): McpTransportError {
  if (McpTransportError.isInstance(cause)) return cause;
  return new McpTransportError('aborted', 'the caller gave up', { ...facts, mayHaveRun: true, cause });
}

/** The error of a time limit. */
export function timedOut(timeoutMs: number, facts: ExchangeFacts): McpTransportError {
  const options = { ...facts, retryable: true, mayHaveRun: true };
  return new McpTransportError('timeout', `no answer within ${timeoutMs} ms`, options);
}
