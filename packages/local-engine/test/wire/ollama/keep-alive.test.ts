import { describe, expect, it } from 'vitest';
import { LocalEngineError } from '../../../src/index.js';
import { parseKeepAlive } from '../../../src/wire/ollama/keep-alive.js';

const forever = Number.POSITIVE_INFINITY;

describe('keep_alive', () => {
  it.each<[unknown, number | null]>([
    [undefined, null],
    [null, null],
    [0, 0],
    [30, 30_000],
    [0.5, 500],
    [-1, forever],
    [-0.1, forever],
    ['0', 0],
    ['10m', 600_000],
    ['1h30m', 5_400_000],
    ['1.5h', 5_400_000],
    ['.5s', 500],
    ['100ms', 100],
    ['1us', 0.001],
    ['2µs', 0.002],
    ['+5s', 5_000],
    ['-1m', forever],
    ['-1h30m', forever],
  ])('%j is %j ms', (value, expected) => {
    expect(parseKeepAlive(value)).toBe(expected);
  });

  it.each([['-1'], ['5'], [''], ['-'], ['m'], ['1x'], ['1 m'], ['1h30'], ['1constructor'], [true], [{}], [Number.NaN]])(
    '%j is refused',
    (value) => {
      expect(() => parseKeepAlive(value)).toThrow(LocalEngineError);
    },
  );

  it.each([
    ['', 'time: invalid duration ""'],
    ['m', 'time: invalid duration "m"'],
    ['5', 'time: missing unit in duration "5"'],
    ['1x', 'time: unknown unit "x" in duration "1x"'],
  ])('%j is refused in the words of Go', (value, words) => {
    expect(() => parseKeepAlive(value)).toThrow(expect.objectContaining({ message: words }));
  });
});
