import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { askForNumber } from '../../src/terminal/menu.js';
import { createTestContext } from '../support/streams.js';

const home = { folders: { config: '', data: '', state: '', cache: '' }, env: {} };

async function answer(text: string): Promise<number | null> {
  const input = new PassThrough();
  input.end(text);
  return askForNumber(createTestContext(home).context.printer, 'Which?', ['first', 'second'], input);
}

describe('askForNumber', () => {
  it('resolves with the index of the number', async () => {
    expect(await answer('2\n')).toBe(1);
  });

  it('asks again after something else', async () => {
    expect(await answer('9\nx\n1\n')).toBe(0);
  });

  it('takes an empty line or the end of the input for none', async () => {
    expect(await answer('\n')).toBeNull();
    expect(await answer('')).toBeNull();
  });
});
