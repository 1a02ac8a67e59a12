/** Characters kept of both ends of a text. */
export interface Ends {
  /** Kept from the beginning, UTF-16 units; no surrogate pair is split. */
  readonly headCharacters: number;
  /** Kept from the end, UTF-16 units. */
  readonly tailCharacters: number;
  /** Tokens of both together. */
  readonly tokens: number;
}

/** Counts on one thread, step by step so that its caller can take turns with others. */
export interface TextCounter {
  /** Counts a text; each step of the iteration is a few milliseconds. */
  count(text: string): Generator<void, number>;
  /** Finds the longest ends of a text that stay within a number of tokens each. */
  ends(text: string, headTokens: number, tailTokens: number): Generator<void, Ends>;
}

/**
 * Counts by o200k and the digit rule: most open models split digits singly where o200k joins three.
 *
 * The function holds all that it needs, because its source text also runs inside a worker. Runs of more than 256 letters, spaces or
 * signs are counted in pieces: the time of byte pair encoding grows with the square of a run. Pieces only ever add tokens.
 */
export function createTextCounter(countTokens: (text: string) => number): TextCounter {
  const sliceCharacters = 4_096;
  const longRun = /[\p{L}\p{M}]{257,}|\s{257,}|[^\s\p{L}\p{M}\p{N}]{257,}/gu;
  const digits = /\d{2,}/g;

  const isPairSplit = (text: string, at: number) => {
    const before = text.charCodeAt(at - 1);
    const after = text.charCodeAt(at);
    return before >= 0xd800 && before < 0xdc00 && after >= 0xdc00 && after < 0xe000;
  };

  const countInPieces = (run: string): number => {
    let tokens = 0;
    for (let from = 0; from < run.length; ) {
      let to = Math.min(run.length, from + 256);
      if (to < run.length && isPairSplit(run, to)) to--;
      tokens += countTokens(run.slice(from, to));
      from = to;
    }
    return tokens;
  };

  const countSlice = (slice: string): number => {
    let tokens = 0;
    let from = 0;
    for (const run of slice.matchAll(longRun)) {
      tokens += countTokens(slice.slice(from, run.index)) + countInPieces(run[0]);
      from = run.index + run[0].length;
    }
    tokens += countTokens(slice.slice(from));
    for (const [run] of slice.matchAll(digits)) tokens += run.length - Math.ceil(run.length / 3);
    return tokens;
  };

  /** End of the slice that begins at `from`: behind a space where one is near, never inside a pair or a run of digits if avoidable. */
  const sliceEnd = (text: string, from: number): number => {
    const limit = from + sliceCharacters;
    if (limit >= text.length) return text.length;
    for (let at = limit; at > limit - 512; at--) {
      if (/\s/.test(text[at]!) && !/\s/.test(text[at - 1]!)) return at;
    }
    return isPairSplit(text, limit) ? limit - 1 : limit;
  };

  /** Longest prefix (or suffix) of `text` within `budget` tokens: the tokens of what is kept and its characters. */
  const fitEnd = (text: string, budget: number, isTail: boolean): { characters: number; tokens: number } => {
    const take = (characters: number) => (isTail ? text.slice(text.length - characters) : text.slice(0, characters));
    let low = 0;
    let lowTokens = 0;
    let high = text.length + 1;
    while (high - low > 1) {
      let middle = Math.floor((low + high) / 2);
      const border = isTail ? text.length - middle : middle;
      if (border > 0 && border < text.length && isPairSplit(text, border)) middle--;
      if (middle <= low) break;
      const tokens = countSlice(take(middle));
      if (tokens <= budget) {
        low = middle;
        lowTokens = tokens;
      } else high = middle;
    }
    return { characters: low, tokens: lowTokens };
  };

  function* slices(text: string): Generator<void, { to: number; tokens: number }[]> {
    const found: { to: number; tokens: number }[] = [];
    for (let from = 0; from < text.length; ) {
      const to = sliceEnd(text, from);
      found.push({ to, tokens: countSlice(text.slice(from, to)) });
      from = to;
      yield;
    }
    return found;
  }

  return {
    *count(text) {
      let tokens = 0;
      for (const slice of yield* slices(text)) tokens += slice.tokens;
      return tokens;
    },
    *ends(text, headTokens, tailTokens) {
      const parts = yield* slices(text);
      let headCharacters = 0;
      let tokens = 0;
      let first = 0;
      while (first < parts.length && tokens + parts[first]!.tokens <= headTokens) {
        tokens += parts[first]!.tokens;
        headCharacters = parts[first]!.to;
        first++;
      }
      if (first === parts.length) return { headCharacters, tailCharacters: 0, tokens };
      const head = fitEnd(text.slice(headCharacters, parts[first]!.to), headTokens - tokens, false);
      headCharacters += head.characters;
      tokens += head.tokens;
      yield;
      let last = parts.length - 1;
      let tail = 0;
      let tailFrom = text.length;
      const start = (index: number) => Math.max(headCharacters, index === 0 ? 0 : parts[index - 1]!.to);
      while (last > first && tail + parts[last]!.tokens <= tailTokens) {
        tail += parts[last]!.tokens;
        tailFrom = start(last);
        last--;
      }
      const rest = fitEnd(text.slice(start(last), tailFrom), tailTokens - tail, true);
      return {
        headCharacters,
        tailCharacters: text.length - tailFrom + rest.characters,
        tokens: tokens + tail + rest.tokens,
      };
    },
  };
}
