import { describe, expect, it } from 'vitest';
import { areApart } from '../../src/format/alternatives.js';
import { type JsonSchema, SchemaError } from '../../src/format/json-schema.js';
import { normaliseSchema } from '../../src/format/normalise-schema.js';
import { validate } from '../../src/format/validate.js';
import { refuseFormat } from '../../src/runner/refuse-format.js';
import { chatCall } from '../runner/child/test-child.js';

/** `$defs` of which each one is made of the next one: `d0` of `d1` and so on. */
const definitions = (count: number, make: (next: JsonSchema) => JsonSchema): Record<string, JsonSchema> =>
  Object.fromEntries(
    Array.from({ length: count }, (_, index) => [
      `d${index}`,
      index === count - 1 ? { type: 'object' } : make({ $ref: `#/$defs/d${index + 1}` }),
    ]),
  );
const first = { $ref: '#/$defs/d0' };
const bigProperties = Object.fromEntries(Array.from({ length: 5_000 }, (_, index) => [`p${index}`, {}]));

// Some hundred bytes each; without a limit they take from minutes to longer than the universe has been there.
describe('a schema that is small and takes long', () => {
  it.each<[string, JsonSchema]>([
    [
      'references that double',
      { ...first, type: 'object', $defs: definitions(60, (next) => ({ allOf: [next, next] })) },
    ],
    [
      'many merges of a large one',
      {
        $defs: { big: { properties: bigProperties } },
        allOf: Array.from({ length: 2_000 }, () => ({ $ref: '#/$defs/big' })),
      },
    ],
    ['a long chain of definitions', { ...first, $defs: definitions(3_000, (next) => ({ properties: { next } })) }],
    [
      'two large enums',
      { allOf: [0, 5_000].map((from) => ({ enum: Array.from({ length: 5_000 }, (_, index) => from + index) })) },
    ],
    ['an enum without end', { enum: Array.from({ length: 200_000 }, (_, index) => index) }],
  ])('is refused: %s', (_, schema) => {
    expect(() => normaliseSchema(schema)).toThrow(SchemaError);
  });

  it('may have a chain of definitions as long as a grammar of a language has', () => {
    const schema = { ...first, $defs: definitions(150, (next) => ({ properties: { next } })) };
    expect(Object.keys(normaliseSchema(schema).$defs as object)).toHaveLength(150);
  });

  it('breaks what is checked with it, instead of taking for ever', () => {
    const $defs = definitions(60, (next) => ({ anyOf: [next, next] }));
    expect(validate({ ...first, $defs }, 1)).toMatchObject([{ keyword: 'anyOf' }]);
    expect(validate({ ...first, $defs }, {})).toEqual([]);
  });

  it('has alternatives that are compared to an end', () => {
    const $defs = {
      one: { properties: { next: { $ref: '#/$defs/one' } } },
      other: { properties: { next: { $ref: '#/$defs/other' } } },
    };
    expect(areApart([{ $ref: '#/$defs/one' }, { $ref: '#/$defs/other' }], { $defs })).toBe(false);
  });

  it('has no regular expression of its own run where the server runs', () => {
    const schema = { enum: [`${'a'.repeat(60)}!`], pattern: '^(a+)+$' };
    expect(() => refuseFormat(chatCall({ format: { kind: 'schema', schema } }))).not.toThrow();
  });
});
