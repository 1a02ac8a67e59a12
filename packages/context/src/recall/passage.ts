import type { ChosenTerms, Term } from './choose-terms.js';
import type { Mark } from './find-terms.js';

const k1 = 1.2;
const b = 0.75;
/** A passage is about a paragraph: so many characters, which are about so many words. */
const passageCharacters = 480;
const passageTokens = 80;
const charactersPerToken = passageCharacters / passageTokens;

/**
 * BM25 of the best passage of a text. A long answer that holds the words of a question far apart is worth less than one that holds them in
 * one place. `null` for texts that are no longer than a passage.
 */
export function bestPassageScore(
  characters: number,
  marks: readonly Mark[],
  terms: readonly Term[],
  averageTokens: number,
): number | null {
  if (characters <= passageCharacters) return null;
  const length = k1 * (1 - b + b * (passageTokens / averageTokens));
  const counts = new Array<number>(terms.length).fill(0);
  let best = 0;
  let from = 0;
  for (const mark of marks) {
    counts[mark.term]!++;
    while (mark.end - marks[from]!.start > passageCharacters && marks[from] !== mark) counts[marks[from++]!.term]!--;
    let score = 0;
    counts.forEach((count, term) => {
      if (count > 0) score += (terms[term]!.worth * count * (k1 + 1)) / (count + length);
    });
    best = Math.max(best, score);
  }
  return best;
}

/** What the words that stand in for one of the question add to BM25 of the whole text. */
export function expansionScore(
  characters: number,
  marks: readonly Mark[],
  { terms, searched }: Pick<ChosenTerms, 'terms' | 'searched'>,
  averageTokens: number,
): number {
  const length = k1 * (1 - b + b * (characters / charactersPerToken / averageTokens));
  return terms.slice(searched).reduce((sum, { worth }, index) => {
    const count = marks.filter(({ term }) => term === searched + index).length;
    return sum + (worth * count * (k1 + 1)) / (count + length);
  }, 0);
}
