const aimMs = 200;
const least = 16;
const most = 512;
/** llama.cpp's attention on a CPU reads so many tokens of a prompt at once; fewer take it twice as long for each. */
const tile = 64;
/** Three quarters of a tile in the time that is aimed at: the whole one takes a third more. */
const leastOfTile = 48;

/**
 * How many prompt tokens to evaluate before looking at the signal and at more urgent calls again: what takes a fifth of a second, in
 * whole tiles where a tile takes no more than a quarter.
 *
 * @param tokensPerMs measured rate, `null` before the first slice
 */
export function chooseSliceTokens(tokensPerMs: number | null): number {
  if (tokensPerMs === null) return least;
  const fitting = Math.floor(tokensPerMs * aimMs);
  if (fitting >= tile) return Math.min(most, fitting - (fitting % tile));
  return fitting >= leastOfTile ? tile : Math.max(least, fitting);
}

/** The most to begin a prompt with: how long a token takes grows with what stands before it, and the last prompt may have been shorter. */
export const firstSliceTokens = tile;

/** Shorter slices tell little about the rate. */
export const leastMeasuredTokens = least;

/** The slice of a prompt beside a more urgent call that is writing: its next token waits for the slice. */
export const courteousSliceTokens = least;
