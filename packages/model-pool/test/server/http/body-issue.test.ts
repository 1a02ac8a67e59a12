import { describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { describeIssue } from '../../../src/server/http/body-issue.js';

const schema = z.strictObject({
  name: z.optional(z.string().check(z.minLength(1), z.maxLength(3))),
  count: z.optional(z.number().check(z.gte(1), z.lt(5))),
  whole: z.optional(z.int()),
  list: z.optional(z.array(z.enum(['a', 'b'])).check(z.maxLength(2))),
  either: z.optional(z.union([z.literal('json'), z.record(z.string(), z.number())])),
  pick: z.optional(z.discriminatedUnion('type', [z.strictObject({ type: z.literal('x'), value: z.string() })])),
});

const cases: [object | string, (string | number)[], string][] = [
  ['text', [], 'must be of type object'],
  [{ name: '' }, ['name'], 'must have at least 1 characters'],
  [{ name: 'long' }, ['name'], 'must have at most 3 characters'],
  [{ count: 0 }, ['count'], 'must be at least 1'],
  [{ count: 5 }, ['count'], 'must be less than 5'],
  [{ whole: 1.5 }, ['whole'], 'must be of type integer'],
  [{ list: ['c'] }, ['list', 0], 'must be one of a, b'],
  [{ list: ['a', 'a', 'a'] }, ['list'], 'must have at most 2 entries'],
  [{ either: 'xml' }, ['either'], 'must be one of json or be of type object'],
  [{ either: { a: 'x' } }, ['either', 'a'], 'must be of type number'],
  [{ pick: { type: 'x', value: 1 } }, ['pick', 'value'], 'must be of type string'],
  [{ pick: { type: 'x', value: '', more: 1 } }, ['pick'], 'has options that are not known: more'],
  [{ nmae: 'x' }, [], 'has options that are not known: nmae; did you mean name?'],
  [{ colour: 'x' }, [], 'has options that are not known: colour'],
];

describe('what is wrong with a body is said in words:', () => {
  for (const [value, path, problem] of cases)
    it(`${JSON.stringify(value)} ${problem}`, () => {
      const { error } = z.safeParse(schema, value);
      expect(describeIssue(error?.issues ?? [], Object.keys(schema.def.shape))).toEqual({ path, problem });
    });
  it('no issue at all is not valid either', () =>
    expect(describeIssue([], [])).toEqual({ path: [], problem: 'is not valid' }));
});
