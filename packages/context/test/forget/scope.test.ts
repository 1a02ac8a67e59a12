import { expect, it } from 'vitest';
import { withoutText } from '../../src/forget/clear-labels.js';
import { holdsText } from '../../src/forget/scope.js';

it.each([
  ['a string', 'The ÉTAGÈRE is mine', 'étagère', true],
  ['decomposed letters by composed ones', 'e\u0301tage\u0300re', 'étagère', true],
  ['composed letters by decomposed ones', 'ÉTAGÈRE', 'e\u0301tage\u0300re', true],
  ['what JSON escapes', { extra: { note: 'say "hi"\nC:\\temp' } }, 'say "hi"\nC:\\temp', true],
  ['a name of a member', { extra: { 'my "key"': 1 } }, 'my "key"', true],
  ['a number', [{ pin: 49_213 }], '4921', true],
  ['a string deep in a list', [[['no'], 'yes it is']], 'it is', true],
  ['nothing of what only JSON adds', { one: 'two' }, '":"', false],
  ['nothing across two values', ['one', 'two'], 'onetwo', false],
  ['nothing where there is nothing', [null, undefined, true], 'u', false],
])('a value holds a text: %s', (_, value, text, expected) => {
  expect(holdsText(value, text)).toBe(expected);
});

it('JSON loses the members that hold a text and keeps the rest', () => {
  const meta = { a: 'secret', b: { secret: 1, c: [1, 'a secret', { d: 'Secret', e: null }] }, f: true };
  expect(withoutText(meta, 'secret')).toEqual({ b: { c: [1, { e: null }] }, f: true });
  expect(withoutText({ pin: 1234, other: 5 }, '1234')).toEqual({ other: 5 });
});
