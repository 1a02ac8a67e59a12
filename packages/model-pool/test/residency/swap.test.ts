import { describe, expect, it } from 'vitest';
import { planRestore, planSwap, type RestoreView, type SwapView } from '../../src/residency/swap.js';

/** Costs 6 s + 3 s + 1 s of prompt cache. */
const view = (more: Partial<SwapView> = {}): SwapView => ({
  queuedCalls: 1,
  workMs: 4_000,
  gain: 1,
  waitedMs: 0,
  loadMs: 6_000,
  restoreMs: 3_000,
  cachedTokens: 500,
  prefillRate: 500,
  isBusy: false,
  ...more,
});

describe('planSwap', () => {
  const table: [string, Partial<SwapView>, boolean][] = [
    ['one short call waits for others to come along', {}, false],
    ['two do not pay yet', { queuedCalls: 2 }, false],
    ['three pay', { queuedCalls: 3 }, true],
    ['one long call pays', { workMs: 11_000 }, true],
    ['one short call has waited long enough', { waitedMs: 6_001 }, true],
    ['exactly even is not yet worth it', { waitedMs: 6_000 }, false],
    ['a call of nothing is served once it waited as long as all costs', { workMs: 0, waitedMs: 10_001 }, true],
    ['half of the work can be done by somebody else', { queuedCalls: 3, gain: 0.5 }, false],
    ['nothing is lost where nothing is cached', { queuedCalls: 2, waitedMs: 1_500, cachedTokens: 0 }, true],
    ['a cache of unknown worth is worth nothing', { queuedCalls: 2, waitedMs: 1_500, prefillRate: null }, true],
    ['the first load is made to be learnt', { loadMs: null }, true],
    ['a small model that was never loaded costs nothing to restore', { restoreMs: null, waitedMs: 3_001 }, true],
    ['work of unknown length counts by its waiting', { workMs: null, waitedMs: 9_000 }, false],
    ['a person is being answered', { queuedCalls: 100, isBusy: true }, false],
  ];
  for (const [name, more, swap] of table) it(name, () => expect(planSwap(view(more)).swap).toBe(swap));

  it('tells what it weighed and when to ask again', () => {
    expect(planSwap(view())).toEqual({ swap: false, benefitMs: 4_000, costMs: 10_000, recheckMs: 1_000 });
    expect(planSwap(view({ waitedMs: 5_500 })).recheckMs).toBe(501);
    expect(planSwap(view({ isBusy: true })).recheckMs).toBe(100);
    expect(planSwap(view({ waitedMs: 7_000 })).recheckMs).toBe(0);
  });

  it('nothing waits for ever: with time alone every queue swaps', () => {
    for (const workMs of [0, 100, 10_000]) {
      let waitedMs = 0;
      let rounds = 0;
      for (;;) {
        const plan = planSwap(view({ workMs, waitedMs }));
        if (plan.swap) break;
        waitedMs += plan.recheckMs;
        rounds += 1;
        expect(rounds).toBeLessThan(200);
      }
      expect(waitedMs).toBeLessThanOrEqual(10_101);
    }
  });
});

describe('planRestore', () => {
  const restore = (more: Partial<RestoreView> = {}): RestoreView => ({
    restoreAfterMs: 30_000,
    uxDueMs: null,
    restoreMs: 3_000,
    loadMs: 6_000,
    planningDueMs: null,
    ...more,
  });
  const table: [string, Partial<RestoreView>, number][] = [
    ['nothing is learnt', {}, 30_000],
    ['a person is expected in 20 s: the load has to begin 3 s before', { uxDueMs: 20_000 }, 17_000],
    ['a person is expected in an hour', { uxDueMs: 3_600_000 }, 30_000],
    ['a person is late', { uxDueMs: 0 }, 0],
    ['a person is expected before the load could be over', { uxDueMs: 1_000 }, 0],
    ['more work is expected before two loads would be over', { uxDueMs: 0, planningDueMs: 8_000 }, 30_000],
    ['more work is expected much later', { uxDueMs: 0, planningDueMs: 9_000 }, 0],
    ['loads of unknown length', { uxDueMs: 5_000, restoreMs: null, loadMs: null, planningDueMs: 10 }, 5_000],
  ];
  for (const [name, more, wanted] of table) it(name, () => expect(planRestore(restore(more))).toBe(wanted));
});
