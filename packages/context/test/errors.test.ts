import { expect, it } from 'vitest';
import { ContextError } from '../src/index.js';
import { asContextError, isBusy } from '../src/store/failures.js';

it('carries its facts, and null for the others', () => {
  const parts = { system: 5 };
  const error = new ContextError('window-too-small', 'x', { needTokens: 600, windowTokens: 512, parts });
  expect(error).toMatchObject({ name: 'ContextError', retryable: false, needTokens: 600, windowTokens: 512, parts });
  expect([error.id, error.limit, error.path]).toEqual([null, null, null]);
});

it('is recognised from another installed copy', () => {
  const other = Object.defineProperty(new Error('x'), Symbol.for('@tale/context/error'), { value: true });
  expect([
    ContextError.isInstance(other),
    ContextError.isInstance(new Error('x')),
    ContextError.isInstance(null),
  ]).toEqual([true, false, false]);
});

it.each([
  ['SQLITE_BUSY', 'store-busy'],
  ['SQLITE_BUSY_SNAPSHOT', 'store-busy'],
  ['SQLITE_LOCKED', 'store-busy'],
  ['40P01', 'store-busy'],
  ['55P03', 'store-busy'],
  ['SQLITE_FULL', 'store-full'],
  ['53100', 'store-full'],
  ['SQLITE_CONSTRAINT_UNIQUE', 'seq-conflict'],
  ['23505', 'seq-conflict'],
])('%s of a database is %s', (code, expected) => {
  const cause = Object.assign(new Error('x'), { code });
  expect(asContextError(cause)).toMatchObject({ code: expected, retryable: true, cause });
  expect(isBusy(cause)).toBe(expected === 'store-busy');
});

it('leaves every other error as it is', () => {
  const known = new ContextError('closed', 'x');
  const foreign = Object.assign(new Error('x'), { code: 'SQLITE_CORRUPT' });
  expect([asContextError(known), asContextError(foreign), asContextError('text')]).toEqual([known, foreign, 'text']);
});
