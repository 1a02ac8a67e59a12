import { describe, expect, it } from 'vitest';
import type { JsonSchema } from '../../src/format/json-schema.js';
import { unenforcedKeywords } from '../../src/format/unenforced.js';
import { validate } from '../../src/format/validate.js';

const conditional = JSON.parse('{"if":{"type":"string"},"then":{"minLength":2},"else":{"minimum":2}}') as JsonSchema;

/** Keywords that a value breaks. */
const broken = (schema: JsonSchema, value: unknown) => validate(schema, value).map(({ keyword }) => keyword);

describe('check of a value', () => {
  it.each<[JsonSchema, unknown, unknown]>([
    [{ type: 'string' }, 'a', 1],
    [{ type: 'number' }, 1.5, '1'],
    [{ type: 'integer' }, 2, 2.5],
    [{ type: 'boolean' }, false, 0],
    [{ type: 'null' }, null, undefined],
    [{ type: 'array' }, [], {}],
    [{ type: 'object' }, {}, []],
    [{ type: ['string', 'null'] }, null, 7],
    [{ enum: [1, { a: [2] }] }, { a: [2] }, { a: [3] }],
    [{ const: null }, null, 0],
    [{ minLength: 2 }, 'ab', 'a'],
    [{ maxLength: 2 }, '😀😀', '😀😀😀'],
    [{ pattern: '^a.c$' }, 'abc', 'abd'],
    [{ minimum: 2 }, 2, 1],
    [{ maximum: 2 }, 2, 3],
    [{ exclusiveMinimum: 2 }, 2.1, 2],
    [{ exclusiveMaximum: 2 }, 1.9, 2],
    [{ multipleOf: 0.1 }, 0.3, 0.35],
    [{ minItems: 1 }, [0], []],
    [{ maxItems: 1 }, [0], [0, 1]],
    [{ uniqueItems: true }, [1, '1', { a: 1 }], [{ a: 1 }, { a: 1 }]],
    [{ items: { type: 'null' } }, [null], [null, 1]],
    [{ prefixItems: [{ type: 'null' }], items: false }, [null], [null, null]],
    [{ items: [{ type: 'null' }], additionalItems: { type: 'string' } }, [null, 'a'], [null, null]],
    [{ contains: { const: 1 } }, [0, 1], [0]],
    [{ contains: { const: 1 }, minContains: 0, maxContains: 1 }, [], [1, 1]],
    [{ required: ['a'] }, { a: 1 }, { b: 1 }],
    [{ properties: { a: { type: 'null' } } }, { a: null, b: 1 }, { a: 1 }],
    [{ additionalProperties: false, properties: { a: true } }, { a: 1 }, { a: 1, b: 2 }],
    [{ additionalProperties: { type: 'null' } }, { b: null }, { b: 2 }],
    [{ patternProperties: { '^n': { type: 'number' } } }, { n1: 1, x: 'y' }, { n1: 'x' }],
    [{ patternProperties: { '^n': true }, additionalProperties: false }, { n1: 1 }, { x: 1 }],
    [{ propertyNames: { maxLength: 2 } }, { ab: 1 }, { abc: 1 }],
    [{ minProperties: 1 }, { a: 1 }, {}],
    [{ maxProperties: 1 }, { a: 1 }, { a: 1, b: 2 }],
    [{ dependentRequired: { a: ['b'] } }, { a: 1, b: 2 }, { a: 1 }],
    [{ dependentSchemas: { a: { required: ['b'] } } }, { c: 1 }, { a: 1 }],
    [{ dependencies: { a: ['b'] } }, { b: 1 }, { a: 1 }],
    [{ allOf: [{ minimum: 1 }, { maximum: 3 }] }, 2, 4],
    [{ anyOf: [{ type: 'null' }, { minimum: 5 }] }, 6, 4],
    [{ oneOf: [{ minimum: 1 }, { maximum: 3 }] }, 0, 2],
    [{ not: { type: 'string' } }, 1, 'a'],
    [conditional, 2, 'a'],
    [conditional, 'ab', 1],
    [{ $ref: '#/$defs/a', $defs: { a: { type: 'null' } } }, null, 1],
    [true, 1, undefined],
    [{ properties: { a: { $ref: '#' } }, additionalProperties: false }, { a: { a: {} } }, { a: { b: 1 } }],
    [{ format: 'email' }, 'no address: a format is a note', undefined],
    [{ pattern: '(' }, 'a pattern that is none is not checked', undefined],
  ])('%j fits %j and not %j', (schema, fitting, other) => {
    expect(validate(schema, fitting)).toEqual([]);
    if (other !== undefined || (typeof schema === 'object' && schema.type === 'null')) {
      expect(validate(schema, other).length).toBeGreaterThan(0);
    }
  });

  it('says where and what', () => {
    const schema = { properties: { list: { items: { pattern: '^a$' } } } };
    expect(validate(schema, { list: ['a', 'b'] })).toEqual([
      { keyword: 'pattern', path: '/list/1', message: 'must match the pattern ^a$' },
    ]);
    expect(broken({ type: 'string', minLength: 2, enum: ['ab'] }, 'x')).toEqual(['enum', 'minLength']);
    expect(broken(false, 1)).toEqual(['false']);
  });

  it('ends with a schema that refers to itself for ever, and after enough of what is wrong', () => {
    expect(broken({ $ref: '#' }, 1)).toEqual(['$ref']);
    expect(validate({ items: false }, Array(1_000).fill(0)).length).toBeLessThanOrEqual(20);
  });
});

describe('keywords that no grammar holds', () => {
  it.each<[JsonSchema, string[]]>([
    [{ type: 'string', minLength: 1, maxLength: 500 }, []],
    [{ type: 'string', maxLength: 501 }, ['maxLength']],
    [{ type: 'string', format: 'date', minLength: 4 }, ['minLength']],
    [
      { type: 'object', properties: { a: { pattern: 'x' }, b: { type: 'number', minimum: 0 } } },
      ['minimum', 'pattern'],
    ],
    [{ type: 'integer', minimum: 0 }, ['minimum']],
    [{ type: 'integer', minimum: 0, maximum: 9 }, []],
    [{ type: 'integer', minimum: -9007199254740991, maximum: 9007199254740991 }, []],
    [{ type: 'integer', minimum: 0, maximum: 9007199254740991 }, ['minimum']],
    [{ anyOf: [{ multipleOf: 2 }], $defs: { a: { not: {} } } }, ['multipleOf', 'not']],
    [{ items: { uniqueItems: true, contains: {} }, prefixItems: [{ if: {} }] }, ['contains', 'if', 'uniqueItems']],
    [{ enum: ['a'], pattern: 'x' }, []],
    [{ uniqueItems: false }, []],
    [{ oneOf: [{ type: 'string' }, { type: ['null', 'integer'] }, { const: true }] }, []],
    [{ oneOf: [{ type: 'integer' }, { type: 'number' }] }, ['oneOf']],
    [{ oneOf: [{ enum: ['a', 'b'] }, { const: 'b' }] }, ['oneOf']],
    [
      {
        oneOf: [{ properties: { kind: { const: 'a' } } }, { $ref: '#/$defs/b' }],
        $defs: { b: { properties: { kind: { enum: ['b'] } } } },
      },
      [],
    ],
    [{ oneOf: [{ properties: { a: {} } }, { properties: { b: {} } }] }, ['oneOf']],
    [{ oneOf: [{ $ref: '#/missing' }, { type: 'null' }] }, ['oneOf']],
    [true, []],
  ])('of %j are %j', (schema, keywords) => {
    expect(unenforcedKeywords(schema)).toEqual(keywords);
  });
});
