import { stem } from '../recall/stem.js';

const word = /[\p{L}\p{N}\p{Co}][\p{L}\p{N}\p{Co}\p{M}]*/gu;
/** Marks of Latin letters: those of other alphabets tell words apart, й from и and が from か, and FTS5 keeps them. */
const latinMarks = /\p{M}(?<=\p{Script=Latin}\p{M}+)/gu;
/** Alphabets written without spaces between words. */
const unspaced =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}ー]{2,}/gu;

/** A token of a text and where it stands in it. */
export interface PlacedToken {
  readonly token: string;
  readonly start: number;
  readonly end: number;
}

/** Tokens of a text as the index has them: letters and digits in lower case without diacritics, stemmed. */
export function indexTokens(text: string): string[] {
  return (text.match(word) ?? []).map(asToken);
}

/** Makes {@link indexTokens} that remembers words: several times as fast over many texts. */
export function createTokenizer(mostWords = 20_000): (text: string) => string[] {
  const known = new Map<string, string>();
  const tokenOf = (found: string): string => {
    let token = known.get(found);
    if (token === undefined) {
      if (known.size >= mostWords) known.clear();
      token = asToken(found);
      known.set(found, token);
    }
    return token;
  };
  return (text) => (text.match(word) ?? []).map(tokenOf);
}

/** The same with their places. */
export function placedTokens(text: string): PlacedToken[] {
  return Array.from(text.matchAll(word), ({ 0: found, index }) => ({
    token: asToken(found),
    start: index,
    end: index + found.length,
  }));
}

/**
 * Pairs of characters of runs in alphabets without spaces, `null` if there are none: they are indexed beside the text, so that a word
 * inside a run is found.
 */
export function bigrams(text: string): string | null {
  const runs = text.match(unspaced);
  if (!runs) return null;
  const pairs = runs.map((run) => pairsOf(run).join(' '));
  return pairs.join(' ');
}

/** How a word is asked for: itself, or the run of its pairs where its alphabet has no spaces. */
export function askedForms(text: string): string[] {
  const grams = bigrams(text);
  return grams === null ? [text] : [text, grams];
}

function pairsOf(run: string): string[] {
  const characters = [...run];
  return characters.slice(1).map((character, index) => `${characters[index]}${character}`);
}

function asToken(found: string): string {
  return stem(found.normalize('NFD').replace(latinMarks, '').normalize('NFC').toLowerCase().replaceAll('ς', 'σ'));
}
