import { expect, it } from 'vitest';
import { recordedEnd } from '../../src/decisions/recorded-end.js';
import type { CallEnd, CallError } from '../../src/index.js';

const failure: CallError = {
  ...{ code: 'rejected', message: 'swordfish is not allowed', retryable: false, retryAfterMs: 5 },
  ...{ backend: 'local', model: 'small:1b', attempt: 2, partialText: 'swordfish', reason: null, details: {} },
};
const recorded = (more: Partial<CallError> = {}) =>
  recordedEnd({ type: 'call-end', error: { ...failure, ...more } } as CallEnd).error;

it('an end without a failure is what it was', () => {
  const end = { type: 'call-end', error: null } as CallEnd;
  expect(recordedEnd(end)).toBe(end);
});

it('keeps of a failure its code, what it is about, numbers and words of its own', () => {
  const details = {
    ...{ status: 400, refused: true, fault: 'bad-line', phase: 'decode', lane: 'ux', deadline: null },
    ...{ line: 'swordfish', names: ['swordfish'], param: 'swordfish', hint: 'swordfish', body: { swordfish: 1 } },
  };
  expect(recorded({ details, reason: 'budget-exceeded' })).toEqual({
    ...failure,
    ...{ message: 'its server rejected the request', partialText: null, reason: 'budget-exceeded' },
    details: { status: 400, refused: true, fault: 'bad-line', phase: 'decode', lane: 'ux' },
  });
});

it('keeps no sentence as the word that it should be', () => {
  const details = { fault: 'the launch code is swordfish', phase: ['swordfish'] };
  expect(recorded({ details, reason: 'because of swordfish' })).toMatchObject({ reason: null, details: {} });
});

it.each([
  ['aborted', false, {}, 'its caller ended it'],
  ['aborted', true, {}, 'the pool was closed'],
  ['stalled', true, { deadlineMs: 100, phase: 'decode' }, 'the call was not over within its 100 ms'],
  ['stalled', true, { stallMs: 100 }, 'its answer stalled'],
  ['of another version', false, {}, 'of another version'],
] as const)('tells %s (retryable: %s, %o) as: %s', (code, retryable, details, message) => {
  expect(recorded({ code, retryable, details })?.message).toBe(message);
});
