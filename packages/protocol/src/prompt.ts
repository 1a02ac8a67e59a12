import { ProtocolError } from './errors.js';

/** Longest prompt, in UTF-16 units after normalisation. */
export const maxPromptCharacters = 100_000;

/**
 * The prompt as tale stores it: lone surrogates and U+0000 become U+FFFD (PostgreSQL stores no NUL), nothing else changes.
 *
 * @throws {@link ProtocolError} `prompt-empty` when only white space is left, `prompt-too-long` beyond
 * {@link maxPromptCharacters}.
 */
export function normalizePrompt(text: string): string {
  const prompt = toWellFormed(text).replaceAll('\u0000', '\uFFFD');
  if (prompt.trim() === '') throw new ProtocolError('prompt-empty', 'The prompt is empty.');
  if (prompt.length > maxPromptCharacters) {
    throw new ProtocolError(
      'prompt-too-long',
      `The prompt has ${prompt.length.toLocaleString('en')} characters; the limit is ${maxPromptCharacters.toLocaleString('en')}.`,
      { limitCharacters: maxPromptCharacters },
    );
  }
  return prompt;
}

/** Replaces each surrogate without its partner by U+FFFD. `String.prototype.toWellFormed` is not in the es2023 library. */
export function toWellFormed(text: string): string {
  return text.replace(/[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/g, '\uFFFD');
}
