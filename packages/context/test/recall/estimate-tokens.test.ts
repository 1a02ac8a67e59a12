import { array, assert, constantFrom, oneof, property, string } from 'fast-check';
import { expect, it } from 'vitest';
import { estimateTokens } from '../../src/recall/estimate-tokens.js';

it.each([
  ['', 0],
  ['word', 1],
  ['two words', 2],
  ['internationalization', 2],
  ['1234', 4],
  ['a  b', 3],
  ['a\nb', 3],
  ['a; b', 3],
  ['--->', 2],
  ['東京都', 3],
  ['a\u00a0b', 3],
])('%j takes about %i tokens', (text, tokens) => {
  expect(estimateTokens(text)).toBe(tokens);
});

/** The same by a pattern, a part at a time. */
function byPattern(text: string): number {
  let tokens = 0;
  for (const [part] of text.matchAll(/[A-Za-z]+|\d|\s+|[^\sA-Za-z\d]+/g)) {
    if (/[A-Za-z]/.test(part[0]!)) tokens += Math.ceil(part.length / 11);
    else if (part.charCodeAt(0) > 127) tokens += Math.ceil(Buffer.byteLength(part) / 4);
    else if (/\s/.test(part[0]!)) tokens += part.includes('\n') || part.length > 1 ? 1 : 0;
    else tokens += Math.ceil(part.length / 2);
  }
  return tokens;
}

it('tells of every text what a pattern tells', () => {
  const sign = constantFrom(
    ' ',
    '\n',
    '\t',
    '\u00a0',
    '\u2003',
    '\u3000',
    '\ufeff',
    '\u180e',
    'é',
    '東',
    '…',
    '-',
    '7',
    'a',
    'Zz',
    '😀',
  );
  assert(
    property(
      oneof(
        array(sign, { maxLength: 40 }).map((parts) => parts.join('')),
        string({ unit: 'binary' }),
      ),
      (text) => {
        expect(estimateTokens(text)).toBe(byPattern(text));
      },
    ),
    { numRuns: 1_000 },
  );
});
