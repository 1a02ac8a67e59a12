import { describe, expect, it } from 'vitest';
import { formatBytes, formatCount, formatOrdinal, orUnknown } from '../../src/render/numbers.js';

describe('numbers', () => {
  it.each([
    [0, '0'],
    [940, '940'],
    [3_100, '3.1k'],
    [12_400, '12k'],
    [999_600, '1.0M'],
    [4_200_000, '4.2M'],
  ])('%i is %s', (count, text) => {
    expect(formatCount(count)).toBe(text);
  });

  it.each([
    [512, '512 B'],
    [40_000, '40 kB'],
    [999_700, '1.0 MB'],
    [144_000_000, '144 MB'],
    [4_700_000_000, '4.7 GB'],
  ])('%i bytes are %s', (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });

  it.each([
    [1, '1st'],
    [2, '2nd'],
    [3, '3rd'],
    [4, '4th'],
    [11, '11th'],
    [22, '22nd'],
    [112, '112th'],
  ])('%i is %s', (position, text) => {
    expect(formatOrdinal(position)).toBe(text);
  });

  it('shows what is unknown as ?', () => {
    expect([orUnknown(null), orUnknown(undefined), orUnknown(0), orUnknown(5, formatCount)]).toEqual([
      '?',
      '?',
      '0',
      '5',
    ]);
  });
});
