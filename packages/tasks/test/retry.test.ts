import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decideSequel } from '../src/retry.js';

const error = { retryable: true, retryAfterMs: null };
const facts = { error, attempt: 1, maxAttempts: 3, nowMs: 1_000, random: 0.5 };

describe('what follows an error', () => {
  it('is the end of the task where another try cannot help', () => {
    expect(decideSequel({ ...facts, error: { ...error, retryable: false } })).toEqual({ state: 'failed' });
  });

  it('is death where the attempts are used up', () => {
    expect(decideSequel({ ...facts, attempt: 3 })).toEqual({ state: 'dead' });
    expect(decideSequel({ ...facts, maxAttempts: 1 })).toEqual({ state: 'dead' });
  });

  it('is another attempt after a random part of a pause that doubles up to a minute', () => {
    const pauses = [1, 2, 3, 7, 50].map((attempt) => {
      const sequel = decideSequel({ ...facts, attempt, maxAttempts: 100 });
      return sequel.state === 'queued' ? sequel.notBeforeMs - facts.nowMs : null;
    });
    expect(pauses).toEqual([500, 1_000, 2_000, 30_000, 30_000]);
  });

  it('honours the wait that the error asks for', () => {
    fc.assert(
      fc.property(fc.nat({ max: 100_000 }), fc.double({ min: 0, max: 0.999, noNaN: true }), (retryAfterMs, random) => {
        const sequel = decideSequel({ ...facts, random, error: { ...error, retryAfterMs } });
        expect(sequel.state === 'queued' && sequel.notBeforeMs).toBeGreaterThanOrEqual(facts.nowMs + retryAfterMs);
      }),
    );
  });
});
