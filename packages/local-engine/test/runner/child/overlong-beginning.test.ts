import { describe, expect, it } from 'vitest';
import { overlongBeginning } from '../../../src/runner/child/overlong-beginning.js';

/** A token for four characters; notes how much it was given. */
function countingTokenizer() {
  const read: number[] = [];
  const tokenizer = (text: string) => {
    read.push(text.length);
    return Array.from({ length: Math.ceil(text.length / 4) }, (_, index) => index);
  };
  return { read, tokenizer };
}

describe('a beginning that alone is too long', () => {
  it('is found without reading the rest of a long text', () => {
    const { read, tokenizer } = countingTokenizer();
    expect(overlongBeginning('word'.repeat(1_000_000), 100, tokenizer)?.length).toBe(800);
    expect(read).toEqual([800]);
  });

  it('is not looked for in a text that may fit', () => {
    const { read, tokenizer } = countingTokenizer();
    expect(overlongBeginning('x'.repeat(800), 100, tokenizer)).toBeNull();
    expect(read).toEqual([]);
  });

  it('is looked for further on where tokens are long', () => {
    const read: number[] = [];
    const tokenizer = (text: string) => {
      read.push(text.length);
      return Array.from({ length: Math.ceil(text.length / 32) }, (_, index) => index);
    };
    expect(overlongBeginning(' '.repeat(100_000), 100, tokenizer)?.length).toBe(12_800);
    expect(read).toEqual([800, 3_200, 12_800]);
  });

  it('ends at a million characters, whatever its tokens', () => {
    const read: number[] = [];
    const tokenizer = (text: string) => {
      read.push(text.length);
      return [0];
    };
    expect(overlongBeginning(' '.repeat(5_000_000), 100, tokenizer)?.length).toBe(2 ** 20);
    expect(Math.max(...read)).toBeLessThan(2 ** 20);
    expect(overlongBeginning(' '.repeat(1_000_000), 100, tokenizer)).toBeNull();
    expect(overlongBeginning(' '.repeat(5_000_000), 1_000_000, tokenizer)).toBeNull(); // the limit is higher
  });
});
