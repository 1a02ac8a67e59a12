import { describe, expect, it } from 'vitest';
import {
  chatRequest,
  embeddingsRequest,
  embedRequest,
  generateRequest,
  nameRequest,
} from '../../../src/wire/ollama/requests.js';
import { readThink } from '../../../src/wire/ollama/think.js';
import { readRequest } from '../../../src/wire/read-request.js';

const bodies = { chatRequest, generateRequest, embedRequest, embeddingsRequest, nameRequest };
type Name = keyof typeof bodies;

it.each<[Name, unknown, string]>([
  ['chatRequest', [], 'expected object'],
  ['chatRequest', null, 'expected object'],
  ['chatRequest', {}, 'model'],
  ['chatRequest', { model: '' }, 'model'],
  ['chatRequest', { model: 'x'.repeat(301) }, 'model'],
  ['chatRequest', { model: 7 }, 'model'],
  ['chatRequest', { model: 'x', stream: 'yes' }, 'stream'],
  ['chatRequest', { model: 'x', messages: {} }, 'messages'],
  ['chatRequest', { model: 'x', options: [] }, 'options'],
  ['chatRequest', { model: 'x', truncate: 1 }, 'truncate'],
  ['chatRequest', { model: 'x', tools: [{}] }, 'tools.0.function'],
  ['generateRequest', { model: 'x', prompt: ['a'] }, 'prompt'],
  ['generateRequest', { model: 'x', system: 1 }, 'system'],
  ['generateRequest', { model: 'x', raw: 'true' }, 'raw'],
  ['embedRequest', { model: 'x', input: 5 }, 'input'],
  ['embedRequest', { model: 'x', input: ['a', 5] }, 'input'],
  ['embedRequest', { model: 'x', input: 'a', dimensions: 0 }, 'dimensions'],
  ['embedRequest', { model: 'x', input: 'a', dimensions: 1.5 }, 'dimensions'],
  ['embeddingsRequest', { model: 'x', prompt: 5 }, 'prompt'],
  ['nameRequest', {}, 'model is required'],
  ['nameRequest', { name: '' }, 'name'],
])('%s refuses %j and names %s', (name, body, named) => {
  expect(() => readRequest(bodies[name], body)).toThrowError(
    expect.objectContaining({ code: 'invalid-request', message: expect.stringContaining(named) }),
  );
});

it.each<[Name, object]>([
  ['chatRequest', { model: 'x' }],
  ['chatRequest', { model: 'x', messages: null, tools: null, options: null, format: null, think: null, stream: null }],
  ['chatRequest', { model: 'x', something: { new: true } }],
  ['generateRequest', { model: 'x', prompt: null, suffix: '', images: null, context: [1, 2] }],
  ['embedRequest', { model: 'x' }],
  ['embedRequest', { model: 'x', input: [], dimensions: null }],
  ['nameRequest', { name: 'x', verbose: true }],
])('%s takes %j', (name, body) => {
  expect(readRequest(bodies[name], body)).toMatchObject(body);
});

describe('think', () => {
  it.each<[unknown, boolean | null]>([
    [undefined, null],
    [null, null],
    [true, true],
    [false, false],
    ['low', true],
    ['medium', true],
    ['high', true],
    ['max', true],
  ])('%j is %j', (value, expected) => {
    expect(readThink(value)).toBe(expected);
  });

  it.each([['true'], [''], [1], [{}]])('%j is refused', (value) => {
    expect(() => readThink(value)).toThrowError(expect.objectContaining({ code: 'invalid-request' }));
  });
});
