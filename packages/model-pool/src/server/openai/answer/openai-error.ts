import type { ServerResponse } from 'node:http';
import { ModelPoolError } from '../../../errors.js';
import { internalMessage } from '../../http/error-envelope.js';
import { sendJson } from '../../http/send-json.js';

/** The body of a failure in OpenAI's API. */
export interface OpenAiErrorBody {
  /** The failure. */
  readonly error: {
    /** What happened. */
    readonly message: string;
    /** Kind of failure, such as `invalid_request_error`. */
    readonly type: string;
    /** The part of the request that is wrong; `null` = none. */
    readonly param: string | null;
    /** Narrower than the type; `null` = none. */
    readonly code: string | null;
  };
}

/** A failure as OpenAI's API tells it. */
export interface OpenAiError {
  /** HTTP status. */
  readonly status: number;
  /** Whether the same request can succeed later. */
  readonly retryable: boolean;
  /** When to try again at the earliest, ms. */
  readonly retryAfterMs: number | null;
  /** The body. */
  readonly body: OpenAiErrorBody;
}

/** Status and type by code; every other failure is one of the server that may pass. */
const kinds: Readonly<Record<string, readonly [status: number, type: string, code?: string]>> = {
  rejected: [400, 'invalid_request_error'],
  'context-too-long': [400, 'invalid_request_error', 'context_length_exceeded'],
  'capability-missing': [400, 'invalid_request_error'],
  'model-missing': [404, 'invalid_request_error', 'model_not_found'],
  overloaded: [429, 'rate_limit_error'],
  configuration: [500, 'server_error'],
};

function kindOf(error: ModelPoolError): readonly [status: number, type: string, code?: string] {
  // A budget that comes back is a limit of the rate; one that does not is a door that stays shut.
  if (error.code === 'refused') return error.retryable ? [429, 'rate_limit_error'] : [403, 'permission_error'];
  return kinds[error.code] ?? [503, 'server_error'];
}

/** The failure for the client. What is no error of this package stays in the server. */
export function toOpenAiError(error: unknown): OpenAiError {
  if (!ModelPoolError.isInstance(error)) {
    const body = { error: { message: internalMessage, type: 'server_error', param: null, code: 'internal' } };
    return { status: 500, retryable: false, retryAfterMs: null, body };
  }
  const { message, retryable, retryAfterMs, details } = error;
  const [status, type, known] = kindOf(error);
  const param = typeof details.param === 'string' ? details.param : null;
  const named = typeof details.code === 'string' ? details.code : null;
  // What is wrong with a request has a code of OpenAI's or none; every other failure keeps its own.
  const own = error.code === 'rejected' ? null : (error.reason ?? error.code);
  return { status, retryable, retryAfterMs, body: { error: { message, type, param, code: named ?? known ?? own } } };
}

/** Answers with a failure. `x-should-retry` is what OpenAI's own clients heed before the status. */
export function sendOpenAiError(response: ServerResponse, error: unknown): void {
  const { status, retryable, retryAfterMs, body } = toOpenAiError(error);
  const waitMs = retryAfterMs ?? (status === 429 ? 1_000 : null);
  sendJson(response, status, body, {
    'x-should-retry': String(retryable),
    ...(waitMs === null
      ? {}
      : { 'retry-after': String(Math.ceil(waitMs / 1000)), 'retry-after-ms': String(Math.ceil(waitMs)) }),
  });
}
