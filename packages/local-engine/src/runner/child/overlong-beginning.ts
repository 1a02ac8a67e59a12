import type { Tokenizer } from './llama.js';

/** Where a text is cut its tokens may differ from those of the whole: so many more must there be. */
const marginTokens = 16;

/**
 * A beginning of a text that alone has more tokens than the limit; `null` = it may fit. The tokenizer is one synchronous call, in
 * which the child neither gives a sign of life nor hears of an abort: of a text far too long it must not read the whole.
 */
export function overlongBeginning(text: string, limitTokens: number, tokenizer: Tokenizer): string | null {
  for (let length = 8 * limitTokens; length < text.length; length *= 4) {
    const beginning = text.slice(0, length);
    if (tokenizer(beginning).length > limitTokens + marginTokens) return beginning;
  }
  return null;
}
