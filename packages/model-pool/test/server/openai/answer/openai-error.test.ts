import { describe, expect, it } from 'vitest';
import { ModelPoolError, type ModelPoolErrorCode, type ModelPoolErrorOptions } from '../../../../src/index.js';
import { toOpenAiError } from '../../../../src/server/openai/answer/openai-error.js';

const cases: [ModelPoolErrorCode, ModelPoolErrorOptions, number, string, string | null][] = [
  ['rejected', {}, 400, 'invalid_request_error', null],
  [
    'rejected',
    { details: { param: 'n', code: 'unsupported_parameter' } },
    400,
    'invalid_request_error',
    'unsupported_parameter',
  ],
  ['context-too-long', {}, 400, 'invalid_request_error', 'context_length_exceeded'],
  ['capability-missing', {}, 400, 'invalid_request_error', 'capability-missing'],
  ['model-missing', {}, 404, 'invalid_request_error', 'model_not_found'],
  ['overloaded', { retryable: true }, 429, 'rate_limit_error', 'overloaded'],
  ['refused', { reason: 'budget-exceeded' }, 403, 'permission_error', 'budget-exceeded'],
  ['refused', { reason: 'rate-exceeded', retryable: true }, 429, 'rate_limit_error', 'rate-exceeded'],
  ['configuration', {}, 500, 'server_error', 'configuration'],
  ['memory-insufficient', {}, 503, 'server_error', 'memory-insufficient'],
  ['load-failed', {}, 503, 'server_error', 'load-failed'],
  ['load-timeout', {}, 503, 'server_error', 'load-timeout'],
  ['first-token-timeout', {}, 503, 'server_error', 'first-token-timeout'],
  ['stalled', {}, 503, 'server_error', 'stalled'],
  ['stream-broken', {}, 503, 'server_error', 'stream-broken'],
  ['backend-down', {}, 503, 'server_error', 'backend-down'],
  ['aborted', {}, 503, 'server_error', 'aborted'],
];

describe('a failure in the shape of OpenAI', () => {
  for (const [code, options, status, type, expected] of cases)
    it(`is a ${status} ${type} for ${code}${options.retryable ? ' that passes' : ''}`, () => {
      const param = options.details?.param ?? null;
      expect(toOpenAiError(new ModelPoolError(code, 'words', options))).toEqual({
        ...{ status, retryable: options.retryable ?? false, retryAfterMs: null },
        body: { error: { message: 'words', type, param, code: expected } },
      });
    });
  it('says nothing of what is none of a call', () => {
    expect(JSON.stringify(toOpenAiError(new Error('secret')))).not.toContain('secret');
    expect(toOpenAiError('thrown')).toMatchObject({ status: 500, body: { error: { code: 'internal' } } });
  });
});
