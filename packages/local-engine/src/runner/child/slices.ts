const aimMs = 250;
const least = 16;
const most = 512;

/**
 * How many prompt tokens to evaluate before looking at the signal and at more urgent calls again: what takes a quarter of a second.
 *
 * @param tokensPerMs measured rate, `null` before the first slice
 */
export function chooseSliceTokens(tokensPerMs: number | null): number {
  if (tokensPerMs === null) return 32;
  return Math.max(least, Math.min(most, Math.round(tokensPerMs * aimMs)));
}

/** The slice of a prompt beside a more urgent call that is writing: its next token waits for the slice. */
export const courteousSliceTokens = least;
