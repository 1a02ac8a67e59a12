import { afterAll, beforeAll } from 'vitest';
import { startTale, type Tale, type TaleOptions } from './tale.js';

/** One installation with running servers for all tests of a file. */
export function useTale(options: TaleOptions = {}): () => Tale {
  let tale: Tale | null = null;
  beforeAll(async () => {
    tale = await startTale(options);
    const { code, stderr } = await tale.run(['servers', 'start']);
    if (code !== 0) throw new Error(`the servers did not start: ${stderr}`);
  });
  afterAll(() => tale?.[Symbol.asyncDispose]());
  return () => {
    if (!tale) throw new Error('the installation is not there yet');
    return tale;
  };
}
