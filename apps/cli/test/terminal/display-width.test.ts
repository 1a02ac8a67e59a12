import { describe, expect, it } from 'vitest';
import { displayWidth, truncateLine } from '../../src/terminal/display-width.js';

describe('displayWidth', () => {
  it.each([
    ['abc', 3],
    ['é', 1],
    ['e\u0301', 1],
    ['漢字', 4],
    ['한글', 4],
    ['👍', 2],
    ['𠀀', 2],
    ['', 0],
  ])('%s takes %i columns', (text, columns) => {
    expect(displayWidth(text)).toBe(columns);
  });
});

describe('truncateLine', () => {
  it('leaves alone what fits', () => {
    expect(truncateLine('abc', 3)).toBe('abc');
  });

  it('never passes the width, also between wide characters', () => {
    expect(truncateLine('漢字漢字', 6)).toBe('漢字…');
    expect(displayWidth(truncateLine('漢字漢字', 7))).toBeLessThanOrEqual(7);
    expect(truncateLine('abcdef', 3)).toBe('ab…');
    expect(truncateLine('abcdef', 0)).toBe('');
  });
});
