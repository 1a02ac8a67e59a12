import { describe, expect, it } from 'vitest';
import { type Breaker, closedBreaker, isBreakerOpen, recordFailure, recordSuccess } from '../../src/routing/breaker.js';

describe('the breaker', () => {
  const fails = (breaker: Breaker, count: number, isRefusal: boolean, atMs: number) => {
    let next = breaker;
    for (let index = 0; index < count; index += 1) next = recordFailure(next, isRefusal, atMs);
    return next;
  };
  it('opens after three refusals, or five failures in 30 s', () => {
    expect(isBreakerOpen(fails(closedBreaker, 2, true, 0), 0)).toBe(false);
    expect(isBreakerOpen(fails(closedBreaker, 3, true, 0), 0)).toBe(true);
    expect(isBreakerOpen(fails(closedBreaker, 4, false, 0), 0)).toBe(false);
    expect(isBreakerOpen(fails(closedBreaker, 5, false, 0), 0)).toBe(true);
    expect(isBreakerOpen(recordFailure(fails(closedBreaker, 4, false, 0), false, 31_000), 31_000)).toBe(false);
  });
  it('a refusal between other failures starts the count anew', () => {
    expect(isBreakerOpen(fails(recordFailure(fails(closedBreaker, 2, true, 0), false, 0), 1, true, 0), 0)).toBe(false);
  });
  it('lets a probe pass after 2 s, and a failed probe doubles that up to 60 s', () => {
    let breaker = fails(closedBreaker, 3, true, 0);
    expect(isBreakerOpen(breaker, 1_999)).toBe(true);
    expect(isBreakerOpen(breaker, 2_000)).toBe(false);
    breaker = recordFailure(breaker, true, 2_000);
    expect(breaker.openUntilMs).toBe(6_000);
    for (let count = 0; count < 9; count += 1) breaker = recordFailure(breaker, true, breaker.openUntilMs ?? 0);
    expect(breaker.backoffMs).toBe(60_000);
  });
  it('calls that were under way when it opened do not open it further', () => {
    const breaker = fails(closedBreaker, 3, true, 0);
    expect(recordFailure(breaker, true, 5).openUntilMs).toBe(2_000);
  });
  it('a success closes it', () => {
    expect(recordSuccess(fails(closedBreaker, 9, true, 0))).toBe(closedBreaker);
  });
});
