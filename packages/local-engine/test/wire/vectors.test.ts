import fc from 'fast-check';
import { expect, it } from 'vitest';
import { shortenVector } from '../../src/wire/vectors.js';

it('a vector that is cut has length 1 again', () => {
  const value = fc.float({ noNaN: true, min: -1, max: 1 });
  fc.assert(
    fc.property(fc.array(value, { minLength: 1, maxLength: 64 }), fc.integer({ min: 1, max: 80 }), (vector, size) => {
      const cut = shortenVector(vector, size);
      expect(cut).toHaveLength(Math.min(vector.length, size));
      if (size < vector.length && cut.some((each) => Math.abs(each) > 1e-6))
        expect(Math.hypot(...cut)).toBeCloseTo(1, 6);
    }),
  );
});

it.each<[number[], number | null, number[]]>([
  [[3, 4], null, [3, 4]],
  [[3, 4], 2, [3, 4]],
  [[3, 4], 9, [3, 4]],
  [[3, 4, 12], 2, [0.6, 0.8]],
  [[0, 0, 1], 2, [0, 0]],
])('%j cut to %j is %j', (vector, dimensions, expected) => {
  expect(shortenVector(vector, dimensions)).toEqual(expected);
});
