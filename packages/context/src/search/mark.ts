import { bigrams, indexTokens, placedTokens } from '../store/index-tokens.js';

const excerptCharacters = 200;
const before = 60;

/** A part of a text with its marked words. */
export interface Marked {
  readonly excerpt: string;
  readonly marks: readonly (readonly [number, number])[];
}

/** Cuts the part of a text around the first of the words, at words, and tells where the words stand in it. */
export function markWords(text: string, words: readonly string[]): Marked {
  const found = [...tokenPlaces(text, words), ...runPlaces(text, words)].sort(([a], [b]) => a - b);
  const first = found[0]?.[0] ?? 0;
  const start = first <= before ? 0 : wordStart(text, first - before);
  const end = Math.min(text.length, start + excerptCharacters);
  const head = start > 0 ? '…' : '';
  const tail = end < text.length ? '…' : '';
  const shift = head.length - start;
  const marks: [number, number][] = [];
  for (const [from, to] of found) {
    const last = marks.at(-1);
    if (from < start || to > end || (last && from + shift < last[1])) continue;
    marks.push([from + shift, to + shift]);
  }
  return { excerpt: `${head}${cutWhole(text, start, end)}${tail}`, marks };
}

function tokenPlaces(text: string, words: readonly string[]): [number, number][] {
  const asked = new Set(words.flatMap(indexTokens));
  return placedTokens(text)
    .filter(({ token }) => asked.has(token))
    .map(({ start, end }) => [start, end]);
}

/** Words inside runs of alphabets without spaces. */
function runPlaces(text: string, words: readonly string[]): [number, number][] {
  const places: [number, number][] = [];
  for (const word of words.filter((asked) => bigrams(asked) !== null)) {
    for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + word.length)) {
      places.push([at, at + word.length]);
    }
  }
  return places;
}

function wordStart(text: string, from: number): number {
  const space = /\s\S/.exec(text.slice(from, from + before));
  return from + (space ? space.index + 1 : isLow(text, from) ? 1 : 0);
}

/** Never half a character at the end. */
function cutWhole(text: string, start: number, end: number): string {
  return text.slice(start, isLow(text, end) ? end - 1 : end);
}

function isLow(text: string, index: number): boolean {
  return /[\uDC00-\uDFFF]/.test(text[index] ?? '');
}
