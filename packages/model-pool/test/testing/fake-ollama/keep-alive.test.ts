import { expect, it } from 'vitest';
import { parseKeepAlive } from '../../../src/testing/fake-ollama/keep-alive.js';

const forever = Number.POSITIVE_INFINITY;

it('keep_alive is read as Ollama reads it', () => {
  const cases: [unknown, number | null | undefined][] = [
    [5, 5_000],
    [0.5, 500],
    [0, 0],
    ['0', 0],
    [-1, forever],
    ['10m', 600_000],
    ['1h30m', 5_400_000],
    ['1.5s', 1_500],
    ['250ms', 250],
    ['-1m', forever],
    ['-0s', 0],
    ['-1', null],
    ['5', null],
    ['', null],
    ['x', null],
    ['10m!', null],
    [{}, null],
    [true, null],
    [undefined, undefined],
    [null, undefined],
  ];
  for (const [given, read] of cases) expect(parseKeepAlive(given), JSON.stringify(given)).toBe(read);
});
