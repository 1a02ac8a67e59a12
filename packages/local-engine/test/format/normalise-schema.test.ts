import { seededRandom } from '@tale/test-kit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type JsonSchema, SchemaError } from '../../src/format/json-schema.js';
import { normaliseSchema } from '../../src/format/normalise-schema.js';
import { validate } from '../../src/format/validate.js';
import { drawSchema, twoHundredSchemas } from './schemas.js';
import { writeValue } from './write-value.js';

const anything = {
  oneOf: [
    ...['string', 'number', 'boolean', 'null'].map((type) => ({ type })),
    { type: 'array' },
    { type: 'object', additionalProperties: true },
  ],
};
const text = { type: 'string' };
const object = (properties: object, more: object = {}) => ({
  type: 'object',
  properties,
  additionalProperties: false,
  ...more,
});

const drawn = <Value>(list: readonly Value[], random: () => number) =>
  list[Math.floor(random() * list.length)] as Value;

/** Words that node-llama-cpp's builder takes for `null`, for the empty text or for anything. */
function unsafe(rule: unknown, at = ''): string[] {
  if (typeof rule !== 'object' || rule === null || at.endsWith('/enum')) return [];
  if (Array.isArray(rule)) return rule.flatMap((each, index) => unsafe(each, `${at}/${index}`));
  const keys = Object.keys(rule);
  const isNamed = at.endsWith('/properties') || at.endsWith('/$defs');
  const wrong = isNamed ? [] : keys.filter((key) => ['anyOf', 'allOf', 'not', 'const', 'definitions'].includes(key));
  const isEmpty = !isNamed && !keys.some((key) => ['type', 'enum', 'oneOf', '$ref'].includes(key));
  const isList = Array.isArray((rule as { type?: unknown }).type);
  return [
    ...[...wrong, ...(isEmpty ? ['nothing'] : []), ...(isList ? ['a list of types'] : [])].map(
      (what) => `${at}: ${what}`,
    ),
    ...Object.entries(rule).flatMap(([key, each]) => (key === 'enum' ? [] : unsafe(each, `${at}/${key}`))),
  ];
}

describe('a schema for a grammar', () => {
  it.each<[string, JsonSchema, object]>([
    ['true is any JSON', true, anything],
    ['an empty schema is any JSON', {}, anything],
    ['anyOf is oneOf', { anyOf: [text, { type: 'null' }] }, { oneOf: [text, { type: 'null' }] }],
    ['one alternative is none', { anyOf: [text] }, text],
    ['equal alternatives are one', { oneOf: [text, text] }, text],
    [
      'nested alternatives are one list',
      { anyOf: [{ anyOf: [text, { type: 'null' }] }, { type: 'boolean' }] },
      { oneOf: [text, { type: 'null' }, { type: 'boolean' }] },
    ],
    ['impossible alternatives are left out', { anyOf: [false, text, { enum: [] }] }, text],
    [
      'a list of types is oneOf',
      { type: ['object', 'null'], properties: { a: text } },
      { oneOf: [object({ a: text }), { type: 'null' }] },
    ],
    [
      'keywords hold for their own type of a list',
      { type: ['string', 'array'], minLength: 2, maxItems: 1 },
      {
        oneOf: [
          { type: 'string', minLength: 2 },
          { type: 'array', maxItems: 1 },
        ],
      },
    ],
    ['a missing type is what the keywords mean', { properties: { a: text } }, object({ a: text })],
    ['a note stays for the model', { ...text, description: 'a name' }, { ...text, description: 'a name' }],
    ['unknown formats are dropped', { ...text, format: 'email' }, text],
    ['known formats stay', { ...text, format: 'date-time' }, { ...text, format: 'date-time' }],
    [
      'definitions are $defs',
      { $ref: '#/definitions/x', definitions: { x: text } },
      { $ref: '#/$defs/d0', $defs: { d0: text } },
    ],
    [
      'any pointer is a definition',
      { ...object({ a: text, b: { $ref: '#/properties/a' } }) },
      { ...object({ a: text, b: { $ref: '#/$defs/d0' } }), $defs: { d0: text } },
    ],
    [
      'what stands beside a reference counts',
      { $ref: '#/$defs/x', maxLength: 3, $defs: { x: text } },
      { ...text, maxLength: 3 },
    ],
    [
      'additionalProperties are said: none beside properties',
      { type: 'object', properties: { a: text } },
      object({ a: text }),
    ],
    [
      'additionalProperties are said: any where there are none',
      { type: 'object' },
      { type: 'object', properties: {}, additionalProperties: true },
    ],
    [
      'additionalProperties are made where more are needed',
      { type: 'object', properties: { a: text }, minProperties: 2 },
      { ...object({ a: text }), additionalProperties: true, minProperties: 2 },
    ],
    [
      'a required property is written, known or not',
      { type: 'object', required: ['b'], properties: { a: text } },
      object({ a: text, b: anything }, { required: ['b'] }),
    ],
    ['an impossible property is left out', object({ a: text, b: false }), object({ a: text })],
    [
      'too many properties lose those that may be missing',
      object({ a: text, b: text, c: text }, { required: ['c'], maxProperties: 2 }),
      object({ a: text, c: text }, { required: ['c'], maxProperties: 2 }),
    ],
    [
      'allOf of objects is one object',
      { allOf: [{ type: 'object', properties: { a: text }, required: ['a'] }, { properties: { b: text } }] },
      object({ a: text, b: text }, { required: ['a'] }),
    ],
    [
      'allOf is as strict as its strictest part',
      {
        allOf: [
          { ...text, minLength: 1, maxLength: 9 },
          { maxLength: 5, minLength: 3 },
        ],
      },
      { ...text, minLength: 3, maxLength: 5 },
    ],
    [
      'allOf of numbers is integers where one says so',
      { allOf: [{ type: 'number' }, { type: 'integer' }] },
      { type: 'integer' },
    ],
    [
      'allOf keeps the properties that a closed object knows',
      { allOf: [object({ a: text }), { properties: { b: text } }] },
      object({ a: text }),
    ],
    [
      'allOf of lists is one list',
      {
        allOf: [
          { type: 'array', items: text },
          { prefixItems: [{ maxLength: 2 }], maxItems: 2 },
        ],
      },
      { type: 'array', prefixItems: [{ ...text, maxLength: 2 }], items: text, maxItems: 2 },
    ],
    [
      'alternatives have what stands beside them',
      { ...object({ a: text }), anyOf: [{ required: ['a'] }] },
      object({ a: text }, { required: ['a'] }),
    ],
    ['const is enum', { const: 1 }, { enum: [1] }],
    ['values that do not fit are left out', { type: 'string', enum: ['ab', 1, 'c'], minLength: 2 }, { enum: ['ab'] }],
    [
      'an object among values is spelled out',
      { enum: [{ a: [1] }] },
      object({ a: { type: 'array', prefixItems: [{ enum: [1] }], maxItems: 1 } }),
    ],
    [
      'few integers are spelled out',
      { type: 'integer', minimum: -1, exclusiveMaximum: 6, multipleOf: 2 },
      { enum: [0, 2, 4] },
    ],
    ['many integers are not', { type: 'integer', minimum: 0, maximum: 9999 }, { type: 'integer' }],
    [
      'the older tuple is the newer one',
      { type: 'array', items: [text], additionalItems: false },
      { type: 'array', prefixItems: [text], maxItems: 1 },
    ],
    [
      'a tuple that is too long ends',
      { type: 'array', prefixItems: [text, text], maxItems: 1 },
      { type: 'array', prefixItems: [text], maxItems: 1 },
    ],
    [
      'a list ends before what cannot be',
      { type: 'array', prefixItems: [text, false, text] },
      { type: 'array', prefixItems: [text], maxItems: 1 },
    ],
    [
      'more than a grammar holds is left to the check',
      { ...text, minLength: 900, maxLength: 2_000 },
      { ...text, minLength: 500 },
    ],
    [
      'an object that must not have itself as a part ends',
      { $ref: '#/$defs/n', $defs: { n: { type: 'object', properties: { v: text, next: { $ref: '#/$defs/n' } } } } },
      { $ref: '#/$defs/d0', $defs: { d0: object({ v: text }) } },
    ],
    [
      'an object that may have itself as a part keeps it',
      { type: 'object', properties: { kids: { type: 'array', items: { $ref: '#' } } } },
      {
        ...object({ kids: { type: 'array', items: { $ref: '#/$defs/d0' } } }),
        $defs: { d0: object({ kids: { type: 'array', items: { $ref: '#/$defs/d0' } } }) },
      },
    ],
    ['keywords that no grammar holds leave a schema as it is', { ...text, pattern: '^a', not: { const: 'b' } }, text],
  ])('%s', (_, schema, rule) => {
    expect(normaliseSchema(schema)).toEqual(rule);
  });

  it('has no word that the builder of grammars takes for something else, for any of two hundred schemas', () => {
    expect(twoHundredSchemas().flatMap((schema) => unsafe(normaliseSchema(schema)))).toEqual([]);
  });

  it('allows no more than the schema does, as far as a grammar goes', () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const random = seededRandom(seed);
        const schema = random() < 0.3 ? drawn(twoHundredSchemas(), random) : drawSchema(random, 4);
        const written = writeValue(normaliseSchema(schema), random);
        if (written)
          expect({ schema, ...written, violations: validate(schema, written.value) }).toMatchObject({ violations: [] });
      }),
      { numRuns: 3_000 },
    );
  });

  it.each<[string, JsonSchema]>([
    ['nothing fits', false],
    ['no alternative fits', { anyOf: [] }],
    ['its parts exclude each other', { allOf: [{ type: 'string' }, { type: 'number' }] }],
    ['its values exclude each other', { allOf: [{ const: 1 }, { const: 2 }] }],
    ['a bound is above the other', { type: 'string', minLength: 3, maxLength: 2 }],
    ['no integer is between', { type: 'integer', minimum: 1.2, maximum: 1.8 }],
    ['a required property cannot be', { type: 'object', properties: { a: false }, required: ['a'] }],
    ['more properties are required than may be', { type: 'object', required: ['a', 'b'], maxProperties: 1 }],
    ['more properties are needed than are known', { ...object({ a: text }), minProperties: 2 }],
    ['a tuple is shorter than it must be', { type: 'array', prefixItems: [false], minItems: 1 }],
    ['it must have itself as a part', { type: 'object', properties: { a: { $ref: '#' } }, required: ['a'] }],
    ['it is itself', { $ref: '#' }],
    ['it refers to itself through what stands beside', { $ref: '#', maxLength: 1 }],
    ['a definition cannot be', { $ref: '#/$defs/x', $defs: { x: { enum: [] } } }],
    ['it refers to another document', { $ref: 'https://example.org/schema' }],
    ['it refers to an anchor', { $ref: '#name' }],
    ['it refers to nothing', { $ref: '#/$defs/missing' }],
    ['it refers to something else', { $ref: '#/title', title: 'a text' }],
    ['its type is unknown', { type: 'file' }],
    ['its keyword is no list', { anyOf: 'text' as never }],
    ['its keyword is no object', { properties: [] as never, type: 'object' }],
    ['its part is no schema', { items: 7 as never, type: 'array' }],
    ['a value has control characters', { const: 'a\u0001b' }],
    ['a name has control characters', object({ 'a\u0000': text })],
    ['it has too many values', { enum: Array.from({ length: 2_001 }, (_, index) => index) }],
    [
      'it has too many combinations',
      { allOf: [0, 1].map(() => ({ anyOf: Array.from({ length: 17 }, (_, index) => ({ const: index })) })) },
    ],
  ])('is refused where %s', (_, schema) => {
    expect(() => normaliseSchema(schema)).toThrow(SchemaError);
  });

  it('is refused where it is too deep or too large', () => {
    let deep: JsonSchema = text;
    for (let level = 0; level < 100; level++) deep = { type: 'array', items: deep };
    expect(() => normaliseSchema(deep)).toThrow(SchemaError);
    const wide = (depth: number): JsonSchema =>
      depth === 0
        ? text
        : object(Object.fromEntries(Array.from({ length: 17 }, (_, index) => [`p${index}`, wide(depth - 1)])));
    expect(() => normaliseSchema(wide(3))).toThrow(SchemaError);
  });

  it('keeps a property that is named like a part of JavaScript', () => {
    const schema = JSON.parse(
      '{"type":"object","properties":{"__proto__":{"type":"string"}},"required":["constructor"]}',
    );
    const { properties } = normaliseSchema(schema);
    expect(Object.keys(properties as object)).toEqual(['__proto__', 'constructor']);
    expect(() => normaliseSchema({ allOf: [schema, { properties: { a: text } }] })).not.toThrow();
  });
});
