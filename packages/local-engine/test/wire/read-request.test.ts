import { expect, it } from 'vitest';
import * as z from 'zod/mini';
import { readRequest } from '../../src/wire/read-request.js';

const schema = z.looseObject({
  model: z.string().check(z.minLength(1), z.maxLength(3)),
  role: z.optional(z.enum(['user', 'tool'])),
  count: z.optional(z.int().check(z.gte(1), z.lte(9))),
  list: z.optional(z.array(z.string()).check(z.minLength(1), z.maxLength(2))),
  either: z.optional(z.union([z.string(), z.boolean()])),
  own: z.optional(z.string().check(z.refine((text) => text === 'a', 'must be a'))),
});

it.each([
  [null, 'expected object'],
  [{ model: 7 }, 'model: expected string'],
  [{ model: '' }, 'model: must be at least 1 long'],
  [{ model: 'long' }, 'model: must be at most 3 long'],
  [{ model: 'x', role: 'boss' }, 'role: expected "user" or "tool"'],
  [{ model: 'x', count: 0 }, 'count: must be at least 1'],
  [{ model: 'x', count: 10 }, 'count: must be at most 9'],
  [{ model: 'x', count: 1.5 }, 'count: expected int'],
  [{ model: 'x', list: [] }, 'list: must be at least 1 long'],
  [{ model: 'x', list: ['a', 1] }, 'list.1: expected string'],
  [{ model: 'x', either: 1 }, 'either: is none of what it may be'],
  [{ model: 'x', own: 'b' }, 'own: must be a'],
])('%j is refused: %s', (body, message) => {
  expect(() => readRequest(schema, body)).toThrowError(
    expect.objectContaining({ code: 'invalid-request', message: `invalid request: ${message}` }),
  );
});

it('keys that nobody knows pass, and a prototype is not changed', () => {
  const body = JSON.parse('{"model":"x","other":{"deep":[1]},"__proto__":{"polluted":true}}');
  expect(readRequest(schema, body)).toMatchObject({ model: 'x', other: { deep: [1] } });
  expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
});
