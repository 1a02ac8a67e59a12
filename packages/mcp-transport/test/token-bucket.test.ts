import { expect, it } from 'vitest';
import { createTokenBuckets } from '../src/token-bucket.js';

it('a bucket gives its burst at once, and then what flows in', () => {
  const buckets = createTokenBuckets({ perSecond: 2, burst: 3 });
  const take = (count: number, nowMs: number) => Array.from({ length: count }, () => buckets.take('a', nowMs));
  expect(take(5, 0)).toEqual([0, 0, 0, 500, 500]);
  expect(take(2, 250)).toEqual([250, 250]);
  expect(take(2, 500)).toEqual([0, 500]);
  expect(take(4, 60_000)).toEqual([0, 0, 0, 500]);
  expect(buckets.take('b', 60_000)).toBe(0);
});

it('a clock that goes back takes nothing away', () => {
  const buckets = createTokenBuckets({ perSecond: 1, burst: 1 });
  expect([buckets.take('a', 10_000), buckets.take('a', 0), buckets.take('a', 1_000)]).toEqual([0, 1_000, 0]);
});

it('only so many keys are kept; the one used longest ago starts anew', () => {
  const buckets = createTokenBuckets({ perSecond: 1, burst: 1 }, 2);
  for (const key of ['a', 'b', 'c']) buckets.take(key, 0);
  expect(['c', 'a'].map((key) => buckets.take(key, 0))).toEqual([1_000, 0]);
});
