/** State of a backend's circuit breaker. */
export interface Breaker {
  /** Monotonic instants of failures in the last 30 s. */
  readonly failuresMs: readonly number[];
  /** Refused connections in a row. */
  readonly refusals: number;
  /** Closed again from then on for one probe; `null` = closed. */
  readonly openUntilMs: number | null;
  /** How long it opens next time, ms. */
  readonly backoffMs: number;
}

/** A breaker that lets everything pass. */
export const closedBreaker: Breaker = { failuresMs: [], refusals: 0, openUntilMs: null, backoffMs: 2_000 };

const windowMs = 30_000;
const failureLimit = 5;
const refusalLimit = 3;

/** Whether a call may be sent; once the time is over one call is the probe. */
export function isBreakerOpen(breaker: Breaker, nowMs: number): boolean {
  return breaker.openUntilMs !== null && nowMs < breaker.openUntilMs;
}

/** Counts a failure: 5 in 30 s or 3 refusals open it, and a failed probe opens it for twice as long, up to 60 s. */
export function recordFailure(breaker: Breaker, isRefusal: boolean, nowMs: number): Breaker {
  const failuresMs = [...breaker.failuresMs.filter((atMs) => nowMs - atMs < windowMs), nowMs];
  const refusals = isRefusal ? breaker.refusals + 1 : 0;
  const opens = breaker.openUntilMs !== null || failuresMs.length >= failureLimit || refusals >= refusalLimit;
  if (!opens) return { ...breaker, failuresMs, refusals };
  // Calls that were sent before it opened do not open it further.
  if (isBreakerOpen(breaker, nowMs)) return { ...breaker, failuresMs, refusals };
  return {
    failuresMs,
    refusals,
    openUntilMs: nowMs + breaker.backoffMs,
    backoffMs: Math.min(60_000, breaker.backoffMs * 2),
  };
}

/** Closes it. */
export function recordSuccess(breaker: Breaker): Breaker {
  return breaker === closedBreaker ? breaker : closedBreaker;
}
