import { indexTokens, placedTokens } from '../store/index-tokens.js';

/** Where a text holds a word that is asked for. */
export interface Mark {
  /** Index of the word. */
  readonly term: number;
  readonly start: number;
  readonly end: number;
}

const mostCached = 20_000;
/** Letters that need no folding: ASCII, and signs outside of it. */
const isPlain = (text: string) => !/[^\0-\u007f\u2000-\u206f\u2190-\u23ff\u2500-\u27bf]/u.test(text);

/**
 * Finds words in texts as the index does: by stem, without case and diacritics. Returns the marks of a text in their order. Texts in plain
 * ASCII are searched for the beginnings of the stems only, which is several times as fast as taking them apart.
 */
export function termFinder(words: readonly string[]): (text: string) => Mark[] {
  const tokens = words.map(indexTokens);
  const single = new Map<string, number>();
  tokens.forEach((parts, term) => {
    if (parts.length === 1 && !single.has(parts[0]!)) single.set(parts[0]!, term);
  });
  const runs = tokens.map((parts, term) => ({ term, parts })).filter(({ parts }) => parts.length > 1);
  const pairs = words.map((word, term) => ({ term, word })).filter(({ word }) => isUnspaced(word));
  const beginnings = [...single.keys()]
    .filter((token) => /^[a-z0-9]+$/.test(token))
    .map((token) => token.slice(0, Math.max(2, token.length - 1)));
  const pattern = beginnings.length > 0 ? new RegExp(`(?:${[...new Set(beginnings)].join('|')})[a-z0-9]*`, 'g') : null;
  const stems = new Map<string, string>();

  const stemOf = (word: string): string => {
    let found = stems.get(word);
    if (found === undefined) {
      if (stems.size >= mostCached) stems.clear();
      found = indexTokens(word)[0] ?? word;
      stems.set(word, found);
    }
    return found;
  };

  const plainMarks = (text: string): Mark[] => {
    const found: Mark[] = [];
    if (!pattern) return found;
    const lower = text.toLowerCase();
    pattern.lastIndex = 0;
    for (let match = pattern.exec(lower); match; match = pattern.exec(lower)) {
      const start = match.index;
      if (start > 0 && /[a-z0-9]/.test(lower[start - 1]!)) {
        pattern.lastIndex = wordEnd(lower, start);
        continue;
      }
      const term = single.get(stemOf(match[0]));
      if (term !== undefined) found.push({ term, start, end: start + match[0].length });
    }
    return found;
  };

  const foldedMarks = (text: string): Mark[] => {
    const placed = placedTokens(text);
    const found: Mark[] = [];
    placed.forEach(({ token, start, end }, index) => {
      const term = single.get(token);
      if (term !== undefined) found.push({ term, start, end });
      for (const run of runs) {
        if (run.parts.every((part, offset) => placed[index + offset]?.token === part)) {
          found.push({ term: run.term, start, end: placed[index + run.parts.length - 1]!.end });
        }
      }
    });
    for (const { term, word } of pairs) {
      for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + 1))
        found.push({ term, start: at, end: at + word.length });
    }
    return found.sort((first, second) => first.start - second.start || first.term - second.term);
  };

  return (text) => (runs.length === 0 && isPlain(text) ? plainMarks(text) : foldedMarks(text));
}

function isUnspaced(word: string): boolean {
  return /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}ー]+$/u.test(
    word,
  );
}

/** End of the word that a match begins inside of. */
function wordEnd(text: string, from: number): number {
  let end = from;
  while (end < text.length && /[a-z0-9]/.test(text[end]!)) end++;
  return end;
}
