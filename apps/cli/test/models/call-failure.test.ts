import { expect, it } from 'vitest';
import { callFailure } from '../../src/models/call-failure.js';

const failure = {
  ...{ type: 'request-error', code: 'memory-insufficient', message: 'large needs 6.0 GB', retryable: false },
  ...{ retryAfterMs: null, reason: null, backend: 'local', model: 'large:8b', attempt: 1, partialText: null },
  details: { needBytes: 6e9, hint: 'raise the budget to 8.0 GB' },
};

it('keeps what to do next', () => {
  expect(callFailure(failure)).toMatchObject({
    exitCode: 5,
    envelope: {
      ...{ code: 'memory-insufficient', source: 'models', retryable: false },
      ...{ hint: 'raise the budget to 8.0 GB', details: { needBytes: 6e9 } },
    },
  });
});

it('counts a refusal of the gate as its reason', () => {
  const refused = { ...failure, code: 'refused', reason: 'budget-exceeded', details: {} };
  expect(callFailure(refused)).toMatchObject({ exitCode: 6, envelope: { code: 'budget-exceeded', hint: null } });
});
