import { decodeTime, isValid } from 'ulid';
import { expect, it } from 'vitest';
import { createUlids } from '../src/create-ulids.js';

it('ids are valid, sort by their time and never repeat, beyond the bytes taken at once', () => {
  const createId = createUlids();
  const before = Date.now();
  const ids = Array.from({ length: 1_000 }, createId);
  const after = Date.now();
  expect(new Set(ids).size).toBe(1_000);
  expect(ids.every(isValid)).toBe(true);
  const times = ids.map((id) => decodeTime(id));
  expect(times.toSorted((a, b) => a - b)).toEqual(times);
  expect([Math.min(...times) >= before, Math.max(...times) <= after]).toEqual([true, true]);
  const letters = new Set(ids.map((id) => id.slice(10)).join(''));
  expect(letters.size).toBe(32);
});
