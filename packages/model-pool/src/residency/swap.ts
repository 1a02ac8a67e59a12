/** What a swap depends on; times in ms. */
export interface SwapView {
  /** Calls that wait for the large model, the one that asks included. */
  readonly queuedCalls: number;
  /** Learnt time of such a call; `null` = nothing learnt. */
  readonly workMs: number | null;
  /** Share of that work that nobody else in memory can do, 0 to 1. */
  readonly gain: number;
  /** For how long the first of them has waited. */
  readonly waitedMs: number;
  /** Learnt load time of the large model; `null` = nothing learnt. */
  readonly loadMs: number | null;
  /** Learnt load time of the small model; `null` = nothing learnt. */
  readonly restoreMs: number | null;
  /** Prompt tokens in the small model's cache, which is lost with it. */
  readonly cachedTokens: number;
  /** Learnt rate at which the small model reads them again, tokens a second; `null` = nothing learnt. */
  readonly prefillRate: number | null;
  /** Whether a call runs on the small model. */
  readonly isBusy: boolean;
}

/** Whether the small model leaves for the large one. */
export interface SwapPlan {
  /** Now, or not yet. */
  readonly swap: boolean;
  /** What the queued work is worth by now, ms. */
  readonly benefitMs: number;
  /** What going and coming back costs, ms. */
  readonly costMs: number;
  /** When to ask again, ms. */
  readonly recheckMs: number;
}

const longestRecheckMs = 1_000;
const busyRecheckMs = 100;

/**
 * Break even: a swap pays once the work that waits, and the time it has waited, exceed both loads and the prompt cache that
 * is lost. So one short call waits a little for others to come along, a long queue does not, and nothing waits for ever.
 * What is not learnt yet costs nothing, for it is learnt by the swap.
 */
export function planSwap(view: SwapView): SwapPlan {
  const { queuedCalls, workMs, gain, waitedMs, loadMs, restoreMs, cachedTokens, prefillRate, isBusy } = view;
  const cacheMs = prefillRate === null ? 0 : (cachedTokens * 1000) / prefillRate;
  const costMs = (loadMs ?? 0) + (restoreMs ?? 0) + cacheMs;
  const benefitMs = queuedCalls * (workMs ?? 0) * gain + waitedMs;
  const swap = !isBusy && (loadMs === null || benefitMs > costMs);
  const missingMs = costMs - benefitMs + 1;
  const recheckMs = isBusy ? busyRecheckMs : Math.min(longestRecheckMs, Math.max(busyRecheckMs, missingMs));
  return { swap, benefitMs, costMs, recheckMs: swap ? 0 : recheckMs };
}

/** What giving the memory back depends on; times in ms. */
export interface RestoreView {
  /** For how long nobody uses the large model before it leaves, unless something is learnt. */
  readonly restoreAfterMs: number;
  /** When the next call of a person is expected, from now; `null` = nothing learnt. */
  readonly uxDueMs: number | null;
  /** Learnt load time of the small model; `null` = nothing learnt. */
  readonly restoreMs: number | null;
  /** Learnt load time of the large model; `null` = nothing learnt. */
  readonly loadMs: number | null;
  /** When the next work for the large model is expected, from now; `null` = nothing learnt. */
  readonly planningDueMs: number | null;
}

/**
 * For how long the large model stays without work: all of `restoreAfterMs` while more work is expected before two loads
 * would be over; else no longer than until the small model has to be loaded to be there for the next person.
 */
export function planRestore(view: RestoreView): number {
  const { restoreAfterMs, uxDueMs, restoreMs, loadMs, planningDueMs } = view;
  const costMs = (loadMs ?? 0) + (restoreMs ?? 0);
  if (planningDueMs !== null && planningDueMs < costMs) return restoreAfterMs;
  if (uxDueMs === null) return restoreAfterMs;
  return Math.min(restoreAfterMs, Math.max(0, uxDueMs - (restoreMs ?? 0)));
}
