/** State of a backend's circuit breaker. */
export interface Breaker {
  /** Monotonic instants until which each failure counts. */
  readonly failuresUntilMs: readonly number[];
  /** Refused connections in a row. */
  readonly refusals: number;
  /** Open until then; what is sent afterwards is a probe. `null` = closed. */
  readonly openUntilMs: number | null;
  /** How long it opens next time, ms. */
  readonly backoffMs: number;
}

/** A failure as the breaker sees it. */
export interface BreakerFailure {
  /** Whether the connection was refused. */
  readonly isRefusal: boolean;
  /** From the request to the failure, ms. */
  readonly tookMs: number;
}

/** A breaker that lets everything pass. */
export const closedBreaker: Breaker = { failuresUntilMs: [], refusals: 0, openUntilMs: null, backoffMs: 2_000 };

const windowMs = 30_000;
const failureLimit = 5;
const refusalLimit = 3;

/** Whether no call may be sent; once the time is over calls are the probe, and the first that fails opens it again. */
export function isBreakerOpen(breaker: Breaker, nowMs: number): boolean {
  return breaker.openUntilMs !== null && nowMs < breaker.openUntilMs;
}

/**
 * Counts a failure: 5 in 30 s or 3 refusals open it, and a failed probe opens it for twice as long, up to 60 s. A failure that
 * took its time counts for as long as five of them take: answers that stall one after the other never come 5 in 30 s.
 */
export function recordFailure(breaker: Breaker, { isRefusal, tookMs }: BreakerFailure, nowMs: number): Breaker {
  const countsUntilMs = nowMs + Math.max(windowMs, failureLimit * tookMs);
  const failuresUntilMs = [...breaker.failuresUntilMs.filter((untilMs) => nowMs < untilMs), countsUntilMs];
  const refusals = isRefusal ? breaker.refusals + 1 : 0;
  const opens = breaker.openUntilMs !== null || failuresUntilMs.length >= failureLimit || refusals >= refusalLimit;
  if (!opens) return { ...breaker, failuresUntilMs, refusals };
  // Calls that were sent before it opened do not open it further.
  if (isBreakerOpen(breaker, nowMs)) return { ...breaker, failuresUntilMs, refusals };
  return {
    failuresUntilMs,
    refusals,
    openUntilMs: nowMs + breaker.backoffMs,
    backoffMs: Math.min(60_000, breaker.backoffMs * 2),
  };
}

/** Closes it: a call was answered, or the server was started anew. */
export function recordSuccess(breaker: Breaker): Breaker {
  return breaker === closedBreaker ? breaker : closedBreaker;
}
