const farthest = 2;

/** The word nearest to `wrong` with at most two typing errors, upper and lower case aside; `null` if there is none. */
export function suggest(wrong: string, words: Iterable<string>): string | null {
  let best: string | null = null;
  let bestDistance = farthest + 1;
  for (const word of words) {
    const distance = editDistance(wrong.toLowerCase(), word.toLowerCase());
    // A word of two letters is not "meant" by any other word of two letters.
    if (distance < bestDistance && distance < Math.max(wrong.length, word.length)) {
      best = word;
      bestDistance = distance;
    }
  }
  return best;
}

/** Insertions, deletions, replacements and swaps of neighbours that turn `a` into `b` (optimal string alignment). */
function editDistance(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > farthest) return farthest + 1;
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      let distance = Math.min(last[j]! + 1, row[j - 1]! + 1, last[j - 1]! + same);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        distance = Math.min(distance, beforeLast[j - 2]! + 1);
      }
      row.push(distance);
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length]!;
}
