import { expect, it } from 'vitest';
import { answerSchema } from '../../../src/backends/anthropic/answer-schema.js';
import { checkMessageRequest } from '../../../src/testing/fake-anthropic/checks.js';
import type { JsonObject } from '../../../src/types.js';

const cases: readonly [what: string, given: JsonObject, fitted: JsonObject][] = [
  [
    'an object is closed',
    { type: 'object', properties: { a: { type: 'string' } }, required: ['a'], additionalProperties: true },
    { type: 'object', properties: { a: { type: 'string' } }, required: ['a'], additionalProperties: false },
  ],
  [
    'objects inside are closed too',
    { type: 'array', items: { type: 'object', properties: { b: { anyOf: [{ type: 'object' }, { type: 'null' }] } } } },
    {
      type: 'array',
      items: {
        type: 'object',
        properties: { b: { anyOf: [{ type: 'object', additionalProperties: false }, { type: 'null' }] } },
        additionalProperties: false,
      },
    },
  ],
  [
    'limits are told',
    { type: 'integer', minimum: 1, maximum: 5, description: 'stars' },
    { type: 'integer', description: 'stars\nminimum: 1\nmaximum: 5' },
  ],
  ['a least number of items of 1 stays', { type: 'array', minItems: 1 }, { type: 'array', minItems: 1 }],
  ['a larger one is told', { type: 'array', minItems: 2 }, { type: 'array', description: 'minItems: 2' }],
  ['choices stay', { enum: ['a', 'b'], $schema: 'https://json-schema.org/' }, { enum: ['a', 'b'] }],
  ['one of is any of', { oneOf: [{ const: 1 }, { type: 'string' }] }, { anyOf: [{ const: 1 }, { type: 'string' }] }],
  ['a known format stays', { type: 'string', format: 'date' }, { type: 'string', format: 'date' }],
  ['another is told', { type: 'string', format: 'isbn' }, { type: 'string', description: 'format: "isbn"' }],
  [
    'definitions are fitted, references stay',
    { $ref: '#/$defs/node', $defs: { node: { type: 'object', properties: { next: { $ref: '#/$defs/node' } } } } },
    {
      $ref: '#/$defs/node',
      $defs: {
        node: { type: 'object', properties: { next: { $ref: '#/$defs/node' } }, additionalProperties: false },
      },
    },
  ],
];

it.each(cases)('%s', (_what, given, fitted) => {
  const before = structuredClone(given);
  expect(answerSchema(given)).toEqual(fitted);
  expect(given, 'the caller keeps its own').toEqual(before);
});

it.each(cases)('%s, so that the API takes it', (_what, given) => {
  const body = { model: 'claude-opus-5-5', max_tokens: 10, messages: [{ role: 'user', content: 'x' }] };
  const output = { format: { type: 'json_schema', schema: answerSchema(given) } };
  expect(checkMessageRequest({ ...body, output_config: output })).toBeNull();
});
