/** Keeps repetitions a small share of the calls, so that a failing server is not flooded. */
export interface RetryBudget {
  /** Counts a call. */
  call(nowMs: number): void;
  /** Takes one repetition; `false` when the window has none left. */
  take(nowMs: number): boolean;
}

/** One repetition in ten calls, at least 3 per window of 10 s. */
export function createRetryBudget(share = 0.1, least = 3, windowMs = 10_000): RetryBudget {
  let startMs = 0;
  let calls = 0;
  let taken = 0;
  const turn = (nowMs: number) => {
    if (nowMs - startMs < windowMs) return;
    startMs = nowMs;
    calls = 0;
    taken = 0;
  };
  return {
    call(nowMs) {
      turn(nowMs);
      calls += 1;
    },
    take(nowMs) {
      turn(nowMs);
      if (taken >= Math.max(least, calls * share)) return false;
      taken += 1;
      return true;
    },
  };
}
