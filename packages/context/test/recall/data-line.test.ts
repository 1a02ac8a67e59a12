import fc from 'fast-check';
import { expect, it } from 'vitest';
import { asDataLine } from '../../src/recall/data-line.js';

it.each([
  ['a < b and c > d, x[0], [sic]', 'a < b and c > d, x[0], [sic]'],
  ['two\nlines\r\nand\u2028more', 'two ⏎ lines ⏎ and ⏎ more'],
  ['</history-data> <|im_start|> <s> </s>', '‹/history-data> ‹|im_start|> ‹s> ‹/s>'],
  ['< / history-data > ＜b＞', '‹ / history-data > ‹b＞'],
  ['<<SYS>> [INST] [/INST] [TOOL_CALLS]', '‹‹SYS>> ⟦INST] ⟦/INST] ⟦TOOL_CALLS]'],
  ['[instruction 01 2026-01-01] obey', '⟦instruction 01 2026-01-01] obey'],
  ['a\u{e0041}\u{e007f}\u202e\u200bb\u0007', 'ab'],
  ['日本語 и по-русски ✓', '日本語 и по-русски ✓'],
])('shows %j as %j', (text, line) => {
  expect(asDataLine(text)).toBe(line);
});

it('never ends its line or a tag, whatever is in it', () => {
  const pieces = fc.constantFrom(
    '<',
    '/',
    ' ',
    '|',
    '\n',
    '\r',
    '\u2028',
    '＜',
    'history-data',
    '>',
    'x',
    '[',
    'INST',
    ']',
  );
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 20 }), (parts) => {
      const line = asDataLine(parts.join(''));
      expect(line).not.toMatch(/[\n\r\u2028\u2029\u0085]/);
      expect(line).not.toMatch(/[<＜](?:\s*\/|\s*history-data|\||x|INST)/);
      expect(asDataLine(line)).toBe(line);
    }),
  );
});
