import { describe, expect, it } from 'vitest';
import {
  type ApiFailure,
  codeOfFailure,
  failureOfApi,
  failureOfEvent,
  readApiError,
} from '../../../src/backends/anthropic/failures.js';
import { withoutKey } from '../../../src/backends/without-key.js';
import { poolError } from '../../../src/calls/call-error.js';

const nowMs = Date.UTC(2026, 0, 1);

const failure = (more: Partial<ApiFailure>): ApiFailure => ({
  status: null,
  type: null,
  errorCode: null,
  message: '',
  requestId: null,
  retryAfterMs: null,
  ...more,
});

const codes: readonly [code: string, Partial<ApiFailure>][] = [
  ['overloaded', { status: 429, type: 'rate_limit_error' }],
  ['overloaded', { status: 529, type: 'overloaded_error' }],
  ['overloaded', { status: 529 }],
  ['overloaded', { status: 429 }],
  ['overloaded', { type: 'overloaded_error' }],
  ['configuration', { status: 429, type: 'rate_limit_error', errorCode: 'enforced_spend_limit_reached' }],
  ['configuration', { status: 429, type: 'rate_limit_error', errorCode: 'contract_spend_limit_reached' }],
  ['overloaded', { status: 429, type: 'rate_limit_error', errorCode: 'ramp_limit_exceeded' }],
  ['configuration', { status: 401, type: 'authentication_error' }],
  ['configuration', { status: 402, type: 'billing_error' }],
  ['configuration', { status: 403, type: 'permission_error' }],
  ['configuration', { status: 403 }],
  ['configuration', { status: 302 }],
  ['model-missing', { status: 404, type: 'not_found_error' }],
  ['configuration', { status: 404 }],
  ['context-too-long', { status: 413, type: 'request_too_large' }],
  ['context-too-long', { status: 413, type: 'invalid_request_error' }],
  ['context-too-long', { status: 400, type: 'invalid_request_error', message: 'prompt is too long: 9 tokens > 8' }],
  [
    'context-too-long',
    {
      status: 400,
      type: 'invalid_request_error',
      message: 'input length and `max_tokens` exceed context limit: 9 > 8',
    },
  ],
  [
    'capability-missing',
    { status: 400, type: 'invalid_request_error', message: '"thinking.type.enabled" is not supported for this model.' },
  ],
  [
    'capability-missing',
    { status: 400, type: 'invalid_request_error', message: 'This model does not support effort.' },
  ],
  [
    'configuration',
    { status: 400, type: 'invalid_request_error', message: 'You have reached your specified API usage limits.' },
  ],
  ['configuration', { status: 400, type: 'invalid_request_error', errorCode: 'organization_on_hold' }],
  ['rejected', { status: 400, type: 'invalid_request_error', message: 'messages.0: unexpected role' }],
  ['rejected', { status: 422 }],
  ['rejected', { type: 'invalid_request_error' }],
  ['backend-down', { status: 500, type: 'api_error' }],
  ['backend-down', { status: 503 }],
  ['overloaded', { status: 503, type: 'overloaded_error' }],
  ['backend-down', { status: 504, type: 'timeout_error' }],
  ['backend-down', { status: 408 }],
  ['backend-down', { status: 409, type: 'conflict_error' }],
  ['backend-down', { type: 'api_error' }],
];

describe('a failure of the API', () => {
  it.each(codes)('is %s for %j', (code, facts) => {
    expect(codeOfFailure(failure(facts))).toBe(code);
  });

  it('keeps its facts', () => {
    const error = failureOfApi(
      failure({
        status: 429,
        type: 'rate_limit_error',
        errorCode: 'x',
        requestId: 'req_1',
        message: 'm',
        retryAfterMs: 5,
      }),
      false,
    );
    expect(error).toMatchObject({ code: 'overloaded', retryable: true, retryAfterMs: 5, message: 'm' });
    expect(error.details).toEqual({ status: 429, type: 'rate_limit_error', errorCode: 'x', requestId: 'req_1' });
    expect(error.cause).toBeUndefined();
  });

  it('after the first piece it is a broken stream, whatever it says', () => {
    const event = { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' }, request_id: 'req_2' };
    expect(failureOfEvent(event, true)).toMatchObject({ code: 'stream-broken', retryable: true });
    expect(failureOfEvent(event, false)).toMatchObject({
      code: 'overloaded',
      details: { type: 'overloaded_error', requestId: 'req_2', fault: 'error-event' },
    });
  });

  it('without words it still says something', () => {
    expect(failureOfApi(failure({ status: 500 }), false).message).toContain('500');
    expect(failureOfEvent({ type: 'error' }, false).message).not.toBe('');
  });
});

describe('an error of the SDK', () => {
  const sdkError = (status: number, headers: Record<string, string>, body: unknown = undefined) => ({
    status,
    headers: new Headers(headers),
    error: body,
  });

  it('is read by its body, not by its class', () => {
    const body = {
      type: 'error',
      error: { type: 'invalid_request_error', message: 'm', details: { error_code: 'cmek_key_disabled' } },
      request_id: 'req_3',
    };
    expect(readApiError(sdkError(400, {}, body), nowMs)).toEqual({
      status: 400,
      type: 'invalid_request_error',
      errorCode: 'cmek_key_disabled',
      message: 'm',
      requestId: 'req_3',
      retryAfterMs: null,
    });
  });

  it('its request is named by a header where the body does not', () => {
    expect(readApiError(sdkError(500, { 'request-id': 'req_4' }), nowMs)?.requestId).toBe('req_4');
  });

  it.each([
    [{ 'retry-after': '3' }, 3_000],
    [{ 'retry-after-ms': '250', 'retry-after': '3' }, 250],
    [{ 'retry-after': '600' }, 30_000],
    [{ 'retry-after': 'soon' }, null],
    [{ 'retry-after-ms': '-5' }, 0],
    [{}, null],
  ])('with %j it says to wait %s ms', (headers, waitMs) => {
    expect(readApiError(sdkError(429, headers), nowMs)?.retryAfterMs).toBe(waitMs);
  });

  it('a date to wait for is a time from now', () => {
    const headers = { 'retry-after': new Date(nowMs + 8_000).toUTCString() };
    expect(readApiError(sdkError(429, headers), nowMs)?.retryAfterMs).toBe(8_000);
  });

  it('without a status it is none of the API', () => {
    for (const error of [new Error('x'), null, undefined, 'text']) expect(readApiError(error, nowMs)).toBeNull();
  });
});

describe('the key', () => {
  const key = 'sk-ant-secret';

  it('is taken out of message, details and causes', () => {
    const cause = new Error('outer', { cause: { headers: { authorization: `Bearer ${key}` } } });
    const error = poolError('configuration', `no such key: ${key}`, {
      cause,
      details: { echoed: [`Bearer ${key}`], status: 401 },
      retryAfterMs: 5,
    });
    const clean = withoutKey(error, key);
    expect(clean).toMatchObject({ code: 'configuration', retryable: false, retryAfterMs: 5 });
    expect(clean.message).toBe('no such key: [key]');
    expect(clean.details).toEqual({ echoed: ['Bearer [key]'], status: 401 });
    expect(clean.cause).toBeUndefined();
  });

  it('a cause without it stays', () => {
    const cause = new Error('connect ECONNREFUSED');
    expect(withoutKey(poolError('backend-down', 'x', { cause }), key).cause).toBe(cause);
  });
});
