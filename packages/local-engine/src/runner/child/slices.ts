const aimMs = 200;
const least = 16;
const most = 512;
/**
 * llama.cpp's attention on a CPU reads so many tokens of a prompt at once. Where attention is most of the work, each of fewer tokens takes
 * up to twice as long: what such a slice takes says little about a tile.
 */
const tile = 64;
/** Three quarters of a tile in the time that is aimed at: the whole one takes a third more. */
const leastOfTile = 48;
/** What a tile may take by guess, so that it is tried at all. */
const trialMs = 400;

/** Measured rates, tokens per ms; `null` = not measured yet. */
export interface SliceRates {
  /** Of slices of a tile and more. */
  readonly tiled: number | null;
  /** Of shorter ones. */
  readonly parts: number | null;
}

/** Where a slice stands in its prompt. */
export interface SlicePlace {
  /** Tokens that are left of the prompt. */
  readonly remainingTokens: number;
  /** Whether the prompt begins with it. */
  readonly isFirst: boolean;
}

/**
 * How many prompt tokens to evaluate before looking at the signal and at more urgent calls again: what takes a fifth of a second, in
 * whole tiles where one takes no more than 270 ms. A prompt begins with one tile at most, for its tokens may stand far behind those of
 * the prompt before; it also tries a tile again where one was somewhat too long.
 */
export function chooseSliceTokens({ tiled, parts }: SliceRates, { remainingTokens, isFirst }: SlicePlace): number {
  const ofParts = parts ?? (tiled === null ? null : tiled / 2);
  const partTokens = ofParts === null ? least : Math.max(least, Math.min(tile - 1, Math.floor(ofParts * aimMs)));
  if (remainingTokens < tile) return Math.min(remainingTokens, partTokens);
  const fitting = tiled === null ? 0 : Math.floor(tiled * aimMs);
  if (fitting >= leastOfTile) return isFirst || fitting < tile ? tile : Math.min(most, fitting - (fitting % tile));
  // No part is quicker than a tile.
  if (parts !== null && parts * aimMs >= leastOfTile) return tile;
  const guess = tiled === null ? parts : isFirst ? tiled : null;
  return guess !== null && guess * trialMs >= tile ? tile : partTokens;
}

/** Whether a slice tells the rate of tiles, of parts of one, or nothing: it is too short. */
export function rateOf(sliceTokens: number): keyof SliceRates | null {
  if (sliceTokens >= tile) return 'tiled';
  return sliceTokens >= least ? 'parts' : null;
}

/** The slice of a prompt beside a more urgent call that is writing: its next token waits for the slice. */
export const courteousSliceTokens = least;
