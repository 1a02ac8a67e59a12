/** What a wait depends on. */
export interface WaitView {
  /** Calls before it, itself included. */
  readonly position: number;
  /** Calls that the model takes at a time. */
  readonly slots: number;
  /** Ages of the running calls, ms. */
  readonly runningMs: readonly number[];
  /** Learnt duration of a call, ms; `null` = none ended yet. */
  readonly meanMs: number | null;
}

/** When the turn of a waiting call is expected, ms: what is left of the running calls, then those ahead. */
export function estimateWaitMs({ position, slots, runningMs, meanMs }: WaitView): number | null {
  if (meanMs === null) return null;
  const restMs = runningMs.map((ageMs) => Math.max(0, meanMs - ageMs));
  const nextMs = restMs.length < slots ? 0 : Math.min(...restMs);
  return Math.round(nextMs + Math.floor((position - 1) / slots) * meanMs);
}
