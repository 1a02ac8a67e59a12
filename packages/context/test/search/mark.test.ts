import { assert, property, string } from 'fast-check';
import { expect, it } from 'vitest';
import { markWords } from '../../src/search/mark.js';
import { searchWords } from '../../src/search/search-words.js';

it.each([
  ['red green', ['red', 'green']],
  ['"red green" blue', ['red green', 'blue']],
  ['red red RED', ['red', 'RED']],
  ['*** "" -- red', ['red']],
  ['"unclosed red', ['"unclosed', 'red']],
  [
    Array.from({ length: 50 }, (_, index) => `w${index}`).join(' '),
    Array.from({ length: 32 }, (_, index) => `w${index}`),
  ],
])('of %o the words are %o', (text, words) => {
  expect(searchWords(text)).toEqual(words);
});

it('marks stand inside the excerpt, in order, and hold a word', () => {
  assert(
    property(
      string({ unit: 'grapheme', maxLength: 600 }),
      string({ unit: 'grapheme', minLength: 1, maxLength: 5 }),
      (text, word) => {
        const { excerpt, marks } = markWords(`${text} ${word} ${text}`, [word]);
        let last = 0;
        for (const [start, end] of marks) {
          expect(start).toBeGreaterThanOrEqual(last);
          expect(end).toBeGreaterThan(start);
          expect(end).toBeLessThanOrEqual(excerpt.length);
          last = end;
        }
        expect(excerpt.length).toBeLessThanOrEqual(202);
      },
    ),
  );
});

it('cuts a long text before the word, at a word', () => {
  const { excerpt, marks } = markWords(`${'alpha beta '.repeat(50)}needle${' gamma'.repeat(100)}`, ['needle']);
  expect(excerpt.startsWith('…alpha') || excerpt.startsWith('…beta')).toBe(true);
  expect(marks.map(([start, end]) => excerpt.slice(start, end))).toEqual(['needle']);
});
