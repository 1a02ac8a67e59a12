import fc from 'fast-check';
import { expect, it } from 'vitest';
import { estimateTokens } from '../../src/recall/estimate-tokens.js';
import { excerptOf } from '../../src/recall/excerpt.js';
import { termFinder } from '../../src/recall/find-terms.js';
import { characterBorder, isInsideFence, sentencesOf } from '../../src/recall/sentences.js';

const cut = (text: string, words: string[], maxTokens: number) =>
  excerptOf(
    text,
    termFinder(words)(text),
    words.map(() => 3),
    maxTokens,
  );
const filler = (count: number) =>
  Array.from({ length: count }, (_, index) => `Sentence number ${index} says nothing.`).join(' ');

it('returns a text that fits as it is', () => expect(cut('  All of it.  ', ['all'], 40)).toBe('All of it.'));

it('takes whole sentences around the words and marks what is left out', () => {
  const text = `${filler(40)} The invoice goes to Lisbon on Monday. ${filler(40)}`;
  const found = cut(text, ['invoice', 'lisbon'], 40);
  expect(found).toMatch(/^…Sentence number \d+ says nothing\..*The invoice goes to Lisbon on Monday\..*…$/);
  expect(estimateTokens(found)).toBeLessThanOrEqual(40);
});

it('prefers the place with more of the words', () => {
  const text = `The invoice is old. ${filler(60)} The invoice of Lisbon is new. ${filler(20)}`;
  expect(cut(text, ['invoice', 'lisbon'], 30)).toContain('The invoice of Lisbon is new.');
});

it('takes the beginning where no word is marked', () =>
  expect(cut(filler(60), ['absent'], 30)).toMatch(/^Sentence number 0 /));

it('opens and closes a code fence that it cuts through', () => {
  const code = Array.from({ length: 80 }, (_, index) => `const value${index} = ${index};`).join('\n');
  const text = `Look at this:\n\`\`\`ts\n${code}\nconst invoice = 1;\n${code}\n\`\`\`\nDone.`;
  const found = cut(text, ['invoice'], 60);
  expect(found).toContain('const invoice = 1;');
  expect(found.match(/```/g)).toHaveLength(2);
});

it('cuts a long sentence around the words, between characters as people see them', () => {
  const family = '👩‍👩‍👧‍👦';
  const text = `${family.repeat(200)} invoice ${family.repeat(200)}`;
  const found = cut(text, ['invoice'], 80);
  expect(found.replaceAll(family, '').replaceAll(/[…\s]/g, '')).toMatch(/^(?:invoice)?$/);
  expect(estimateTokens(found)).toBeLessThanOrEqual(80);
});

it('never takes more tokens than it may, whatever the text', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'grapheme', maxLength: 1_500 }),
      fc.integer({ min: 16, max: 120 }),
      (text, maxTokens) => {
        const found = cut(`${text} invoice ${text}`, ['invoice'], maxTokens);
        expect(estimateTokens(found)).toBeLessThanOrEqual(maxTokens + 4);
        expect(found).not.toMatch(/\p{Surrogate}/u);
      },
    ),
    { numRuns: 60 },
  );
});

it('takes a million characters in less than a second', () => {
  const text = `${filler(14_000)} The invoice goes to Lisbon. ${filler(14_000)}`;
  const started = performance.now();
  expect(cut(text, ['invoice', 'lisbon'], 60)).toContain('The invoice goes to Lisbon.');
  expect(performance.now() - started).toBeLessThan(1_000);
});

it('takes a text apart into sentences that touch', () => {
  const text = 'One. Two!  Three?\n\n```\na. b.\nc\n```\n四。五！';
  const found = sentencesOf(text);
  expect(found.map(({ start, end }) => text.slice(start, end)).join('')).toBe(text);
  expect(found.filter(({ isCode }) => isCode).map(({ start, end }) => text.slice(start, end).trim())).toEqual([
    'a. b.',
    'c',
    '```',
  ]);
  expect(found.map(({ start, end }) => text.slice(start, end).trim())).toEqual(
    expect.arrayContaining(['One.', 'Two!', 'Three?', '四。', '五！']),
  );
});

it('knows whether a place stands in a fence', () => {
  const text = 'a\n```\nb\n```\nc';
  expect([text.indexOf('a'), text.indexOf('b'), text.indexOf('c')].map((at) => isInsideFence(text, at))).toEqual([
    false,
    true,
    false,
  ]);
});

it('moves a border to the beginning of a character', () => {
  expect(characterBorder('a👩‍👩‍👧‍👦b', 4)).toBe(1);
  expect([characterBorder('abc', -3), characterBorder('abc', 9)]).toEqual([0, 3]);
});

it.each<[string, string[], string, string[]]>([
  ['by stem', ['invoice'], 'Invoices and INVOICED things', ['Invoices', 'INVOICED']],
  ['not inside a word', ['art'], 'cart artful art start', ['artful', 'art']],
  ['without diacritics', ['cafe'], 'Das Café und ein CAFÉ', ['Café', 'CAFÉ']],
  ['as a run', ['tale-12'], 'see TALE-12, not tale 13', ['TALE-12']],
  ['pairs of an alphabet without spaces', ['天気'], '東京の天気です', ['天気']],
  ['beside quotes and dashes', ['dog'], 'my “dog” – a dog’s life', ['dog', 'dog']],
])('finds words %s', (_, words, text, expected) => {
  expect(termFinder(words)(text).map(({ start, end }) => text.slice(start, end))).toEqual(expected);
});
