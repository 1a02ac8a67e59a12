import { seededRandom } from '@tale/test-kit';
import type { JsonSchema } from '../../src/format/json-schema.js';

const text = { type: 'string', maxLength: 40 };
const node = {
  type: 'object',
  properties: { value: { type: 'integer' }, next: { anyOf: [{ $ref: '#/$defs/node' }, { type: 'null' }] } },
  required: ['value', 'next'],
};

/** Schemas as people and libraries write them. */
const written: JsonSchema[] = [
  true,
  {},
  { title: 'anything' },
  ...['string', 'number', 'integer', 'boolean', 'null', 'array', 'object'].map((type) => ({ type })),
  { type: ['string', 'null'] },
  { type: ['object', 'null'], properties: { a: text } },
  { type: ['array', 'string'], items: { type: 'boolean' }, maxItems: 3 },
  { anyOf: [{ type: 'string' }, { type: 'number' }] },
  { anyOf: [text, { type: 'null' }] },
  {
    oneOf: [
      { type: 'object', properties: { kind: { const: 'a' } } },
      { type: 'object', properties: { kind: { const: 'b' } } },
    ],
  },
  { allOf: [{ type: 'object', properties: { a: text }, required: ['a'] }, { properties: { b: { type: 'integer' } } }] },
  { allOf: [{ type: 'string' }, { maxLength: 5 }, { minLength: 2 }] },
  {
    allOf: [{ $ref: '#/$defs/base' }, { properties: { more: { type: 'boolean' } } }],
    $defs: { base: { type: 'object', properties: { id: { type: 'integer' } } } },
  },
  { type: 'object', anyOf: [{ required: ['a'] }, { required: ['b'] }], properties: { a: text, b: text } },
  { enum: ['red', 'green', 'blue'] },
  { enum: [1, 2.5, true, null, 'x', { a: [1, { b: null }] }, [], {}] },
  { const: 'only' },
  { const: { deep: ['list', 1, { of: false }] } },
  { type: 'string', enum: ['a', 'b', 7] },
  { enum: ['with "quotes"', 'back\\slash', 'new\nline', 'tab\t', 'ünïcödé ✓', '', ' '] },
  { type: 'string', minLength: 3, maxLength: 3 },
  { type: 'string', maxLength: 0 },
  ...['date', 'time', 'date-time', 'email', 'uuid', 'uri'].map((format) => ({ type: 'string', format, maxLength: 60 })),
  { type: 'integer', minimum: 1, maximum: 5 },
  { type: 'integer', exclusiveMinimum: 0, exclusiveMaximum: 10, multipleOf: 3 },
  { type: 'integer', minimum: -9007199254740991, maximum: 9007199254740991 },
  { type: 'number', enum: [0.1, 1e21, -3] },
  { type: 'array', items: { type: 'integer' }, minItems: 2, maxItems: 4 },
  { type: 'array', items: { anyOf: [{ type: 'integer' }, text] }, maxItems: 3 },
  { type: 'array', prefixItems: [{ type: 'integer' }, text], items: false },
  { type: 'array', items: [{ type: 'boolean' }, { type: 'null' }], additionalItems: false },
  { type: 'array', prefixItems: [{ type: 'integer' }], items: { type: 'boolean' }, minItems: 2, maxItems: 3 },
  { type: 'array', prefixItems: [text, text, text], maxItems: 1 },
  { type: 'array', items: false },
  { type: 'array', maxItems: 2 },
  { type: 'object', properties: {} },
  { type: 'object', properties: { a: text }, additionalProperties: false },
  { type: 'object', additionalProperties: { type: 'integer' }, maxProperties: 3 },
  { type: 'object', additionalProperties: text, minProperties: 1, maxProperties: 2 },
  { type: 'object', properties: { a: text, b: text, c: text }, required: ['c'], maxProperties: 2 },
  { type: 'object', properties: { a: true, b: false }, required: ['a'], additionalProperties: false },
  { type: 'object', required: ['anything'], properties: { known: { type: 'null' } } },
  { type: 'object', properties: { 'a "b" \\ c': text, ключ: { type: 'integer' }, '': { type: 'null' } } },
  {
    type: 'object',
    properties: {
      list: { type: 'array', items: { type: 'object', properties: { n: { type: 'integer' } } }, maxItems: 2 },
    },
  },
  { properties: { implied: { type: 'boolean' } } },
  { items: { type: 'boolean' }, maxItems: 2 },
  { $ref: '#/$defs/node', $defs: { node } },
  { $ref: '#/definitions/x', definitions: { x: { type: 'object', properties: { a: text } } } },
  { type: 'object', properties: { one: text, two: { $ref: '#/properties/one' } } },
  { type: 'object', properties: { child: { $ref: '#' }, leaf: { type: 'integer' } }, required: ['leaf'] },
  {
    type: 'object',
    properties: { name: text, kids: { type: 'array', items: { $ref: '#' }, maxItems: 2 } },
    required: ['name'],
  },
  {
    $defs: {
      a: { $ref: '#/$defs/b' },
      b: { anyOf: [{ type: 'integer' }, { type: 'array', items: { $ref: '#/$defs/a' }, maxItems: 2 }] },
    },
    $ref: '#/$defs/a',
  },
  {
    type: 'object',
    properties: { x: { $ref: '#/$defs/x', description: 'with a note' } },
    $defs: { x: { enum: [1, 2] } },
  },
  { type: 'object', properties: { x: { $ref: '#/$defs/x', maxLength: 2 } }, $defs: { x: { type: 'string' } } },
  { anyOf: [{ allOf: [{ type: 'integer' }, { enum: [1, 'a', 3] }] }, { type: 'boolean' }] },
];

/** A schema whose grammar holds all of it, of at most `depth` levels. */
export function drawSchema(random: () => number, depth: number): JsonSchema {
  const below = () => drawSchema(random, depth - 1);
  const pick = (count: number) => Math.floor(random() * count);
  const some = (most: number) => Array.from({ length: 1 + pick(most) }, (_, index) => index);
  const object = (): JsonSchema => {
    const names = some(3).map((index) => `p${index}`);
    return {
      type: 'object',
      properties: Object.fromEntries(names.map((name) => [name, below()])),
      ...(random() < 0.5 && { required: names.filter(() => random() < 0.5) }),
      ...(random() < 0.3 && { additionalProperties: random() < 0.5 }),
    };
  };
  const plain: (() => JsonSchema)[] = [
    () => text,
    () => ({ type: 'string', minLength: pick(4), maxLength: 4 + pick(10) }),
    () => ({ type: 'integer' }),
    () => ({ type: 'integer', minimum: -pick(9), maximum: pick(20) }),
    () => ({ type: 'number' }),
    () => ({ type: ['boolean', 'null'] }),
    () => ({ enum: some(4).map((index) => (index % 2 === 0 ? `v${index}` : index)) }),
    () => ({ const: pick(100) }),
  ];
  const nested: (() => JsonSchema)[] = [
    object,
    object,
    () => ({ type: 'array', items: below(), maxItems: pick(4) }),
    () => ({ type: 'array', prefixItems: some(2).map(below), items: false }),
    () => ({ anyOf: some(2).map(below) }),
    () => ({ anyOf: [below(), { type: 'null' }] }),
    () => ({ allOf: [object(), { type: 'object', properties: { extra: below() } }] }),
  ];
  const choices = depth > 0 ? [...nested, ...nested, ...plain] : plain;
  return (choices[pick(choices.length)] as () => JsonSchema)();
}

/** Two hundred schemas, the same each time. */
export function twoHundredSchemas(): readonly JsonSchema[] {
  const random = seededRandom(200);
  return [...written, ...Array.from({ length: 200 - written.length }, () => drawSchema(random, 3))];
}
