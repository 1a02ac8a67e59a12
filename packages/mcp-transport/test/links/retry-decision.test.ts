import { describe, expect, it } from 'vitest';
import type { McpTransportErrorCode } from '../../src/index.js';
import type { CallClass } from '../../src/links/link.js';
import { createRetryBudget } from '../../src/links/retry-budget.js';
import { delayMsOf, type FailurePhase, isRepeatable, phaseOf } from '../../src/links/retry-decision.js';
import { readRetryAfter } from '../../src/wire/answer.js';

describe('phaseOf', () => {
  const cases: [McpTransportErrorCode, number | null, boolean, FailurePhase][] = [
    ['connect', null, true, 'not-sent'],
    ['overloaded', 429, true, 'refused'],
    ['overloaded', 503, true, 'refused'],
    ['overloaded', null, true, 'final'],
    ['timeout', null, true, 'may-have-run'],
    ['stream-lost', null, true, 'may-have-run'],
    ['stream-lost', 200, true, 'may-have-run'],
    ['protocol', 500, true, 'may-have-run'],
    ['protocol', 502, true, 'may-have-run'],
    ['protocol', 504, true, 'may-have-run'],
    ['protocol', 500, false, 'final'],
    ['protocol', 400, false, 'final'],
    ['protocol', 302, false, 'final'],
    ['protocol', 200, false, 'final'],
    ['aborted', null, false, 'final'],
    ['breaker-open', null, true, 'final'],
    ['unauthorized', 401, false, 'final'],
    ['forbidden', 403, false, 'final'],
    ['version', 400, false, 'final'],
    ['unknown-tool', 200, false, 'final'],
    ['tool-error', 200, true, 'final'],
    ['input-required', 200, false, 'final'],
    ['too-large', 413, false, 'final'],
    ['closed', null, false, 'final'],
  ];
  it.each(cases)('%s with status %s (retryable: %s) is %s', (code, status, retryable, phase) => {
    expect(phaseOf({ code, status, retryable })).toBe(phase);
  });
});

describe('RETRY-1: isRepeatable', () => {
  const classes: CallClass[] = ['safe', 'idempotent', 'keyed', 'unsafe'];
  const table: [FailurePhase, boolean, boolean[]][] = [
    // safe, idempotent, keyed, unsafe
    ['not-sent', false, [true, true, true, true]],
    ['refused', true, [true, true, true, true]],
    ['refused', false, [true, true, true, false]],
    ['may-have-run', true, [true, true, true, false]],
    ['may-have-run', false, [true, true, true, false]],
    ['final', true, [false, false, false, false]],
  ];
  it.each(table)('%s (server honours keys: %s) → %j', (phase, honoursKeys, expected) => {
    expect(classes.map((callClass) => isRepeatable(phase, { callClass, honoursKeys }))).toEqual(expected);
  });
});

describe('delayMsOf', () => {
  it('doubles with full jitter up to 5 s', () => {
    expect([1, 2, 3, 8].map((attempt) => delayMsOf(attempt, null, () => 0.5))).toEqual([100, 200, 400, 2_500]);
    expect(delayMsOf(1, null, () => 0)).toBe(0);
  });

  it('keeps to Retry-After up to 30 s, and gives up beyond', () => {
    expect(delayMsOf(1, 30_000, () => 0)).toBe(30_000);
    expect(delayMsOf(1, 30_001, () => 0)).toBeNull();
  });
});

describe('readRetryAfter', () => {
  it.each([
    ['2', 2_000],
    ['0', 0],
    ['Wed, 21 Oct 2026 07:28:05 GMT', 5_000],
    ['Wed, 21 Oct 2020 07:28:05 GMT', 0],
    ['soon', null],
    [undefined, null],
  ])('%j → %s', (value, delayMs) => {
    expect(readRetryAfter(value, Date.parse('2026-10-21T07:28:00Z'))).toBe(delayMs);
  });
});

describe('createRetryBudget', () => {
  it('gives one in ten calls, at least three, in each window', () => {
    const budget = createRetryBudget();
    const takeAll = (nowMs: number) => {
      let taken = 0;
      while (budget.take(nowMs)) taken += 1;
      return taken;
    };
    expect(takeAll(20_000)).toBe(3);
    expect(takeAll(29_999)).toBe(0);
    for (let index = 0; index < 100; index += 1) budget.call(30_000);
    expect(takeAll(30_001)).toBe(10);
    expect(takeAll(40_000)).toBe(3);
  });
});
