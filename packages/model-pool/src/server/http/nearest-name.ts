/** How many letters two names differ by. */
function distance(left: string, right: string): number {
  let row = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let line = 1; line <= left.length; line += 1) {
    const next = [line];
    for (let column = 1; column <= right.length; column += 1) {
      const change = (row[column - 1] ?? 0) + (left[line - 1] === right[column - 1] ? 0 : 1);
      next.push(Math.min(change, (row[column] ?? 0) + 1, (next[column - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[right.length] ?? 0;
}

const plain = (name: string) => name.toLowerCase().replace(/[^a-z0-9]/g, '');

/** The known name that somebody most likely meant; `null` where none is near. Case, `_`, `-` and `/` do not count. */
export function nearestName(name: string, known: readonly string[]): string | null {
  const wanted = plain(name.slice(0, 100));
  let best: { name: string; distance: number } | null = null;
  for (const candidate of known) {
    const found = distance(wanted, plain(candidate));
    if (best === null || found < best.distance) best = { name: candidate, distance: found };
  }
  return best !== null && best.distance <= Math.min(2, wanted.length / 2) ? best.name : null;
}
