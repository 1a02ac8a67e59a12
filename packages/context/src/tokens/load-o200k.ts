import { createRequire } from 'node:module';

/** Counts a text by o200k; text that looks like a special token is text. */
export type CountPlain = (text: string) => number;

/** File that a worker loads the tokenizer from; `null` where the program is bundled into files without packages. */
export function o200kFile(): string | null {
  try {
    return createRequire(import.meta.url).resolve('gpt-tokenizer/encoding/o200k_base');
  } catch {
    return null;
  }
}

/** Loads the tokenizer into this thread, which stops it for 0.2 to 1.5 seconds and takes about 60 MB. */
export async function loadO200k(): Promise<CountPlain> {
  const { countTokens } = await import('gpt-tokenizer/encoding/o200k_base');
  const options = { disallowedSpecial: new Set<string>() };
  return (text) => countTokens(text, options);
}
