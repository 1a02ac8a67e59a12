import type { OpenAiErrorBody } from './openai-error.js';

/** A request that never came to the handler: refused at the door of its server, or on no route. */
export interface RefusedRequest {
  /** Its path, without a query. */
  readonly path: string;
  /** HTTP status of the answer. */
  readonly status: number;
  /** Code of the refusal, such as `unauthorized`. */
  readonly code: string;
  /** What is wrong. */
  readonly message: string;
  /** What to do about it; `null` = nothing is known. */
  readonly hint: string | null;
}

/** Type and code by status, as OpenAI's API has them; every other code stays as it is. */
const kinds: Readonly<Record<number, readonly [type: string, code?: string]>> = {
  401: ['invalid_request_error', 'invalid_api_key'],
  403: ['permission_error'],
  404: ['invalid_request_error', 'unknown_url'],
  405: ['invalid_request_error', 'method_not_supported'],
  429: ['rate_limit_error', 'rate_limit_exceeded'],
};

/** tale's own routes, whose clients read its envelope. */
const ownRoutes = /^\/v1\/(calls|pool)(\/|$)/;

/**
 * The body with which a server tells a refusal to OpenAI's clients, for the guard in front of the handler and for paths on no
 * route. `null` = no such client asks there: the path is outside of `/v1`, or one of tale's own.
 */
export function describeRefusal({ path, status, code, message, hint }: RefusedRequest): OpenAiErrorBody | null {
  if (!path.startsWith('/v1/') || ownRoutes.test(path)) return null;
  const [type, known = code] = kinds[status] ?? [status >= 500 ? 'server_error' : 'invalid_request_error'];
  // Such a client shows its user the message and nothing else.
  const words = hint === null ? message : `${message.replace(/\.$/, '')}: ${hint}`;
  return { error: { message: words, type, param: null, code: known } };
}
