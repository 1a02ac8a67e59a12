/**
 * The first `dimensions` values of a vector, of length 1 again. A shorter vector stays as it is.
 *
 * @param dimensions `null` = all
 */
export function shortenVector(vector: readonly number[], dimensions: number | null): readonly number[] {
  if (dimensions === null || dimensions >= vector.length) return vector;
  const kept = vector.slice(0, dimensions);
  const length = Math.hypot(...kept);
  return length === 0 ? kept : kept.map((value) => value / length);
}
