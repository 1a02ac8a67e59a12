import { expect, it } from 'vitest';
import { isDeeperThan, mapStrings } from '../src/clean-text.js';

it.each([
  ['text', 0, false],
  [null, 0, false],
  [{}, 0, true],
  [{}, 1, false],
  [[{ a: 1 }], 1, true],
  [[{ a: 1 }, { b: null }], 2, false],
  [{ a: { b: [] } }, 2, true],
  [{ a: { b: [] } }, 3, false],
])('whether %j nests deeper than %i: %s', (value, most, isDeeper) => {
  expect(isDeeperThan(value, most)).toBe(isDeeper);
  if (isDeeper) expect(() => mapStrings(value, (text) => text, most)).toThrow(expect.objectContaining({ limit: most }));
  else expect(mapStrings(value, (text) => text, most)).toEqual(value);
});
