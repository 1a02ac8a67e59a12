import { RunnerFailure } from './failure.js';
import type { Tokenizer } from './llama.js';

/** Where a text is cut its tokens may differ from those of the whole: so many more must there be. */
const marginTokens = 16;
/** What a tokenizer reads within a second or two, in characters, whatever stands there. */
export const mostCharacters = 2 ** 20;
/** A token has fewer characters, but for those of white space. */
const usualCharacters = 8;

/**
 * A beginning of a text that alone has more tokens than the limit; `null` = it may fit. The tokenizer is one synchronous call, in
 * which the child neither gives a sign of life nor hears of an abort: of a text far too long it must not read the whole, and one of
 * more than a million characters counts as too long unless the limit is as high as that.
 */
export function overlongBeginning(text: string, limitTokens: number, tokenizer: Tokenizer): string | null {
  const most = Math.max(mostCharacters, usualCharacters * limitTokens);
  for (let length = usualCharacters * limitTokens; length < Math.min(text.length, most); length *= 4) {
    const beginning = text.slice(0, length);
    if (tokenizer(beginning).length > limitTokens + marginTokens) return beginning;
  }
  return text.length > most ? text.slice(0, most) : null;
}

/** @throws RunnerFailure `context-exceeded` where one of the texts is too long by {@link overlongBeginning} */
export function refuseOverlong(texts: readonly string[], limitTokens: number, tokenizer: Tokenizer): void {
  if (texts.some((text) => overlongBeginning(text, limitTokens, tokenizer) !== null)) throw exceeded(limitTokens, null);
}

/** The failure of what has more tokens than may be. @param tokens how many, `null` = they were not counted */
export function exceeded(limitTokens: number, tokens: number | null): RunnerFailure {
  const count = tokens === null ? `more than ${limitTokens} tokens` : `${tokens} of ${limitTokens} tokens`;
  return new RunnerFailure('context-exceeded', `the input length exceeds the context length (${count})`);
}
