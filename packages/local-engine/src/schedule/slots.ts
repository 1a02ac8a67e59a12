/** A place that a call may compute in. */
export interface FreeSlot {
  /** What it holds of earlier calls. */ readonly tokens: readonly number[];
  /** When it was used last; only the order counts. */ readonly lastUsed: number;
}

/** Shorter beginnings are shared by any two conversations of a model. */
const leastShared = 16;

/**
 * The slot for a prompt: the one that shares the longest beginning with it, else the one that was not used for longest.
 *
 * @returns its index, -1 where there is none
 */
export function chooseSlot(free: readonly FreeSlot[], prompt: readonly number[]): number {
  let best = -1;
  let bestShared = 0;
  for (const [index, slot] of free.entries()) {
    const shared = sharedTokens(slot.tokens, prompt);
    const counted = shared < leastShared ? 0 : shared;
    const isOlder = slot.lastUsed < (free[best]?.lastUsed ?? Number.POSITIVE_INFINITY);
    if (best !== -1 && (counted < bestShared || (counted === bestShared && !isOlder))) continue;
    best = index;
    bestShared = counted;
  }
  return best;
}

/** Length of the beginning that two lists have in common. */
export function sharedTokens(one: readonly number[], other: readonly number[]): number {
  const most = Math.min(one.length, other.length);
  for (let index = 0; index < most; index++) if (one[index] !== other[index]) return index;
  return most;
}
