import { describe, expect, it } from 'vitest';
import { type Breaker, closedBreaker, isBreakerOpen, recordFailure, recordSuccess } from '../../src/routing/breaker.js';

const failure = { isRefusal: false, tookMs: 0 };
const refusal = { isRefusal: true, tookMs: 0 };

describe('the breaker', () => {
  const fails = (breaker: Breaker, count: number, isRefusal: boolean, atMs: number) => {
    let next = breaker;
    for (let index = 0; index < count; index += 1) next = recordFailure(next, { isRefusal, tookMs: 0 }, atMs);
    return next;
  };
  it('opens after three refusals, or five failures in 30 s', () => {
    expect(isBreakerOpen(fails(closedBreaker, 2, true, 0), 0)).toBe(false);
    expect(isBreakerOpen(fails(closedBreaker, 3, true, 0), 0)).toBe(true);
    expect(isBreakerOpen(fails(closedBreaker, 4, false, 0), 0)).toBe(false);
    expect(isBreakerOpen(fails(closedBreaker, 5, false, 0), 0)).toBe(true);
    expect(isBreakerOpen(recordFailure(fails(closedBreaker, 4, false, 0), failure, 31_000), 31_000)).toBe(false);
  });
  it.each([
    [20_000, 5, true],
    [20_000, 4, false],
    [600_000, 5, true],
  ])(
    'failures of %d ms, one after the other, open it with the fifth: after %d it is open: %s',
    (tookMs, count, isOpen) => {
      let breaker = closedBreaker;
      for (let index = 1; index <= count; index += 1)
        breaker = recordFailure(breaker, { isRefusal: false, tookMs }, index * tookMs);
      expect(isBreakerOpen(breaker, count * tookMs)).toBe(isOpen);
    },
  );
  it('a slow failure is forgotten after five times its time', () => {
    const slow = (atMs: number, breaker: Breaker) => recordFailure(breaker, { isRefusal: false, tookMs: 20_000 }, atMs);
    const four = [0, 1, 2, 3].reduce((breaker, atMs) => slow(atMs, breaker), closedBreaker);
    expect(isBreakerOpen(slow(99_999, four), 99_999)).toBe(true);
    expect(isBreakerOpen(slow(100_003, four), 100_003)).toBe(false);
  });
  it('a refusal between other failures starts the count anew', () => {
    expect(isBreakerOpen(fails(recordFailure(fails(closedBreaker, 2, true, 0), failure, 0), 1, true, 0), 0)).toBe(
      false,
    );
  });
  it('lets a probe pass after 2 s, and a failed probe doubles that up to 60 s', () => {
    let breaker = fails(closedBreaker, 3, true, 0);
    expect(isBreakerOpen(breaker, 1_999)).toBe(true);
    expect(isBreakerOpen(breaker, 2_000)).toBe(false);
    breaker = recordFailure(breaker, refusal, 2_000);
    expect(breaker.openUntilMs).toBe(6_000);
    for (let count = 0; count < 9; count += 1) breaker = recordFailure(breaker, refusal, breaker.openUntilMs ?? 0);
    expect(breaker.backoffMs).toBe(60_000);
  });
  it('calls that were under way when it opened do not open it further', () => {
    const breaker = fails(closedBreaker, 3, true, 0);
    expect(recordFailure(breaker, refusal, 5).openUntilMs).toBe(2_000);
  });
  it('a success closes it', () => {
    expect(recordSuccess(fails(closedBreaker, 9, true, 0))).toBe(closedBreaker);
  });
});
