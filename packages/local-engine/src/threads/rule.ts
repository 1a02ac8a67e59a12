/** What the number of threads is chosen by. */
export interface ThreadFacts {
  /** Cores that the process may run on (`availableParallelism()`). */
  readonly cores: number;
  /** Cores' worth of time that its cgroup grants, `null` = no limit. */
  readonly quotaCores: number | null;
  /** What the owner wants: a cap, `all` cores, or `null`. */
  readonly wanted: number | 'all' | null;
}

/**
 * Threads for generation: one less than the cores, capped by the quota. ggml's threads wait for each other by spinning, so one
 * that finds no free core holds up all others: as many threads as cores collapse as soon as anything else runs.
 */
export function chooseThreads({ cores, quotaCores, wanted }: ThreadFacts): number {
  const usable = Math.min(cores, quotaCores === null ? cores : Math.floor(quotaCores));
  if (wanted === 'all') return Math.max(1, usable);
  const ruled = Math.min(cores - 1, usable);
  return Math.max(1, Math.floor(Math.min(ruled, wanted ?? ruled)));
}

/** Threads of each of `busyModels` models that generate at the same moment, so that their sum stays within `threads`. */
export function shareThreads(threads: number, busyModels: number): number {
  return Math.max(1, Math.floor(threads / Math.max(1, busyModels)));
}
