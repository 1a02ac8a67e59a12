import { describe, expect, it } from 'vitest';
import { CanaryRecord, type CanaryView, isCanaryDue } from '../../src/health/canary.js';

const view = (more: Partial<CanaryView> = {}): CanaryView => ({
  canaryMs: 60_000,
  canBeAsked: true,
  isBusy: false,
  silentMs: 60_000,
  leavesInMs: null,
  failures: 0,
  sinceAskedMs: Number.POSITIVE_INFINITY,
  ...more,
});

describe('isCanaryDue', () => {
  const table: [string, Partial<CanaryView>, boolean][] = [
    ['a minute of silence', {}, true],
    ['less than that', { silentMs: 59_999 }, false],
    ['a call uses it', { isBusy: true }, false],
    ['not in memory, fixed or billed', { canBeAsked: false }, false],
    ['it leaves before the next question would be due', { leavesInMs: 60_000 }, false],
    ['it leaves later', { leavesInMs: 60_001 }, true],
    ['switched off', { canaryMs: null }, false],
    ['a failure is looked at again after 10 s', { failures: 1, silentMs: 0, sinceAskedMs: 10_000 }, true],
    ['and not before', { failures: 1, sinceAskedMs: 9_999 }, false],
    ['a question that gave way is not repeated at once', { sinceAskedMs: 1_000 }, false],
  ];
  for (const [name, more, due] of table) it(name, () => expect(isCanaryDue(view(more))).toBe(due));
});

describe('CanaryRecord', () => {
  const result = (error: string | null) => ({ atMs: 1, durationMs: 2, error });

  it('two failures in a row ask for one reload, until it answers again', () => {
    const record = new CanaryRecord();
    const found = [null, 'stalled', 'stalled', 'stalled', null, 'stalled', 'stalled'].map((error) =>
      record.add(result(error)),
    );
    expect(found).toEqual([false, false, true, false, false, false, true]);
    expect(record.failures).toBe(2);
    expect(record.last).toEqual(result('stalled'));
  });

  it('an answer to a caller is as good as one to the pool', () => {
    const record = new CanaryRecord();
    record.add(result('stalled'));
    record.answered();
    expect(record.add(result('stalled'))).toBe(false);
  });
});
