import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createProgressThrottle } from '../../src/worker/progress-throttle.js';

const at = (percent: number) => ({ step: 1, steps: null, percent, etaMs: null, message: null });

describe('the throttle of progress', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('lets the first report pass, then the latest of each interval', async () => {
    const sent: (number | null)[] = [];
    const throttle = createProgressThrottle(async ({ percent }) => void sent.push(percent), 250);
    for (const percent of [1, 2, 3]) throttle.report(at(percent));
    await vi.advanceTimersByTimeAsync(0);
    expect(sent).toEqual([1]);
    await vi.advanceTimersByTimeAsync(250);
    expect(sent).toEqual([1, 3]);
    throttle.report(at(4));
    await vi.advanceTimersByTimeAsync(249);
    expect(sent).toEqual([1, 3]);
    await vi.advanceTimersByTimeAsync(1);
    expect(sent).toEqual([1, 3, 4]);
    await vi.advanceTimersByTimeAsync(1_000);
    throttle.report(at(5));
    await vi.advanceTimersByTimeAsync(0);
    expect(sent).toEqual([1, 3, 4, 5]);
  });

  it('a flush sends what is kept, once', async () => {
    const sent: (number | null)[] = [];
    const throttle = createProgressThrottle(async ({ percent }) => void sent.push(percent), 250);
    throttle.report(at(1));
    throttle.report(at(2));
    await throttle.flush();
    await throttle.flush();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(sent).toEqual([1, 2]);
  });
});
