/** A count as a server may give it: a whole number below 2^40, else unknown. */
export function readCount(value: unknown): number | null {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 2 ** 40 ? value : null;
}
