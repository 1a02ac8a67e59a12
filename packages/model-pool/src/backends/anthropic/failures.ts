import { poolError } from '../../calls/call-error.js';
import type { ModelPoolError, ModelPoolErrorCode } from '../../errors.js';
import type { JsonObject } from '../../types.js';
import { readRetryAfter } from '../http/failures.js';

/** What the API says about a request that it does not answer. */
export interface ApiFailure {
  /** HTTP status; `null` = it came in the middle of the answer. */
  readonly status: number | null;
  /** The broad kind, such as `rate_limit_error`. */
  readonly type: string | null;
  /** The cause, where it has a name. */
  readonly errorCode: string | null;
  /** For people; its words may change. */
  readonly message: string;
  /** Names the request for Anthropic's support. */
  readonly requestId: string | null;
  /** When to try again at the earliest, ms. */
  readonly retryAfterMs: number | null;
}

/** Kinds that mean the same with and without a status. */
const typeCodes: ReadonlyMap<string, ModelPoolErrorCode> = new Map([
  ['overloaded_error', 'overloaded'],
  ['rate_limit_error', 'overloaded'],
  ['authentication_error', 'configuration'],
  ['permission_error', 'configuration'],
  ['billing_error', 'configuration'],
  ['not_found_error', 'model-missing'],
  ['request_too_large', 'context-too-long'],
  ['timeout_error', 'backend-down'],
  ['api_error', 'backend-down'],
  ['conflict_error', 'backend-down'],
]);

const statusCodes: ReadonlyMap<number, ModelPoolErrorCode> = new Map([
  [401, 'configuration'],
  [402, 'configuration'],
  [403, 'configuration'],
  [404, 'configuration'], // not the API's own words: another server stands at this address
  [408, 'backend-down'],
  [409, 'backend-down'],
  [413, 'context-too-long'],
  [429, 'overloaded'],
  [529, 'overloaded'],
]);

/** Causes that last until somebody changes the account: waiting does not help. */
const accountCauses = new Set([
  'enforced_spend_limit_reached',
  'contract_spend_limit_reached',
  'linked_organization_spend_limit_reached',
  'linked_organization_billing_unavailable',
  'organization_on_hold',
  'cmek_key_disabled',
  'cmek_key_network_blocked',
]);

// All of these are an `invalid_request_error` with status 400 and no code: only the words tell them apart.
const longPrompt = /prompt is too long|exceeds? (the )?context|context (window|limit)/i;
const missingCapability = /not supported (for|on|by) this model|does ?n[o']t support/i;
const spendLimit = /specified (workspace )?API usage limits/i;

function codeOfWords(message: string): ModelPoolErrorCode {
  if (longPrompt.test(message)) return 'context-too-long';
  if (missingCapability.test(message)) return 'capability-missing';
  return spendLimit.test(message) ? 'configuration' : 'rejected';
}

/** The code for what the API said. */
export function codeOfFailure({ status, type, errorCode, message }: ApiFailure): ModelPoolErrorCode {
  if (errorCode !== null && accountCauses.has(errorCode)) return 'configuration';
  if (status !== null && status >= 300 && status < 400) return 'configuration'; // a redirect is not followed
  const known = typeCodes.get(type ?? '') ?? statusCodes.get(status ?? 0);
  if (known !== undefined) return known;
  if (status !== null && status >= 500) return 'backend-down';
  return codeOfWords(message);
}

const part = (value: unknown) => (value !== null && typeof value === 'object' ? (value as JsonObject) : {});
const text = (value: unknown) => (typeof value === 'string' && value !== '' ? value : null);

function readBody(body: unknown): Pick<ApiFailure, 'type' | 'errorCode' | 'message' | 'requestId'> {
  const error = part(part(body).error);
  return {
    type: text(error.type),
    errorCode: text(part(error.details).error_code),
    message: text(error.message) ?? '',
    requestId: text(part(body).request_id),
  };
}

/** Reads an error of the SDK that has an HTTP status, at an instant in epoch ms; `null` for any other. */
export function readApiError(error: unknown, nowMs: number): ApiFailure | null {
  const { status, headers, error: body } = part(error) as { status?: unknown; headers?: unknown; error?: unknown };
  if (typeof status !== 'number') return null;
  const header = (name: string) => (headers as Headers | undefined)?.get(name) ?? null;
  const told = readBody(body);
  const waitMs = Number(header('retry-after-ms') ?? Number.NaN);
  return {
    ...told,
    status,
    requestId: told.requestId ?? header('request-id'),
    retryAfterMs: readRetryAfter(Number.isFinite(waitMs) ? String(waitMs / 1000) : header('retry-after'), nowMs),
  };
}

/** The error for what the API said. After the first piece of the answer it is a `stream-broken`. */
export function failureOfApi(failure: ApiFailure, hasOutput: boolean): ModelPoolError {
  const { status, type, errorCode, requestId, message, retryAfterMs } = failure;
  const facts = Object.entries({ status, type, errorCode, requestId }).filter(([, value]) => value !== null);
  const details: JsonObject = { ...Object.fromEntries(facts), ...(status === null ? { fault: 'error-event' } : {}) };
  const words = message.slice(0, 500) || `the API answered ${status ?? 'with an error'}`;
  return poolError(hasOutput ? 'stream-broken' : codeOfFailure(failure), words, { retryAfterMs, details });
}

/** The error for an `error` event. */
export function failureOfEvent(event: JsonObject, hasOutput: boolean): ModelPoolError {
  return failureOfApi({ ...readBody(event), status: null, retryAfterMs: null }, hasOutput);
}
