import type { Clock } from '../types.js';

/** Work that a server does not leave unfinished. */
export interface InFlight {
  /** Counts `work` until it settles. */
  track<Result>(work: Promise<Result>): Promise<Result>;
  /** Resolves when nothing is left, or after `graceMs`; says whether nothing is left. */
  drained(graceMs: number): Promise<boolean>;
}

/** Nothing in flight yet. */
export function createInFlight(clock: Clock): InFlight {
  const working = new Set<Promise<unknown>>();
  let onEmpty = () => {};
  return {
    async track(work) {
      working.add(work);
      try {
        return await work;
      } finally {
        working.delete(work);
        if (working.size === 0) onEmpty();
      }
    },
    drained: (graceMs) =>
      new Promise((resolve) => {
        if (working.size === 0) return resolve(true);
        const stop = clock.after(graceMs, () => resolve(false));
        onEmpty = () => {
          stop();
          resolve(true);
        };
      }),
  };
}
