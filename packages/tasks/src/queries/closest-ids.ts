const most = 3;

/**
 * At most 3 of `ids` whose beginning or end differs from `text` by one character, or two where it has 6 or more: replaced,
 * missing, too many, or two swapped. The nearest first, otherwise in the order of `ids`.
 */
export function closestIds(text: string, ids: readonly string[]): string[] {
  const allowed = text.length < 6 ? 1 : 2;
  return ids
    .map((id) => ({ id, distance: distanceToId(text, id) }))
    .filter(({ distance }) => distance <= allowed)
    .sort((a, b) => a.distance - b.distance)
    .slice(0, most)
    .map(({ id }) => id);
}

function distanceToId(text: string, id: string): number {
  let least = Number.POSITIVE_INFINITY;
  for (const length of [text.length - 1, text.length, text.length + 1]) {
    if (length > id.length) continue;
    least = Math.min(least, editDistance(text, id.slice(-length)), editDistance(text, id.slice(0, length)));
  }
  return least;
}

/** Optimal string alignment: insertions, deletions, replacements and swaps of neighbours. */
function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = last[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      let least = Math.min(last[j]! + 1, row[j - 1]! + 1, replaced);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        least = Math.min(least, beforeLast[j - 2]! + 1);
      row.push(least);
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length]!;
}
