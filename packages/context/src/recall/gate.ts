/** What a gate has learnt of an owner: how his questions score against conversations that they do not belong to. Holds no text. */
export interface GateHistory {
  /** Relevance of the last questions, the oldest first, at most 200. */
  readonly scores: readonly number[];
  /** Questions seen in all. */
  readonly seen: number;
}

/** Threshold before enough questions were seen. */
export const firstGate = 0.15;
const leastSeen = 50;
const mostScores = 200;
const share = 0.75;
const lowestGate = 0.1;
const highestGate = 0.25;
const leastContentWords = 3;

/**
 * Relevance from which on something is worth a place that nobody asked for: 0.15, after 50 questions the value below which 75 % of the last
 * 200 questions score against other conversations of the owner, within 0.10 … 0.25.
 */
export function gateOf({ scores, seen }: GateHistory): number {
  if (seen < leastSeen || scores.length === 0) return firstGate;
  const sorted = scores.toSorted((first, second) => first - second);
  const quantile = sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]!;
  return Math.min(highestGate, Math.max(lowestGate, quantile));
}

/** The history with one question more. */
export function withScore({ scores, seen }: GateHistory, score: number): GateHistory {
  return { scores: [...scores, Math.round(score * 1e4) / 1e4].slice(-mostScores), seen: seen + 1 };
}

/** Whether a text says enough to look for anything unasked: an id, or three content words. */
export function isWorthAsking(words: { readonly contentWords: number; readonly hasId: boolean }): boolean {
  return words.hasId || words.contentWords >= leastContentWords;
}
