import { describe, expect, it } from 'vitest';
import { fitPrompt } from '../../../src/testing/fake-ollama/ask.js';
import { valueOfSchema } from '../../../src/testing/fake-ollama/schema-value.js';
import { countFakeTokens, type FakeScriptOptions, scriptOf } from '../../../src/testing/fake-ollama/script.js';
import type { JsonObject } from '../../../src/types.js';

const options: FakeScriptOptions = { tokens: 4, tokensPerSecond: 50, random: () => 0 };
const textOf = (prompt: string, more: Partial<FakeScriptOptions> = {}) =>
  scriptOf(prompt, { ...options, ...more }).tokens.join('');

describe('a script', () => {
  it('has the length, the speed, the words and the thoughts that the last mark of each asks for', () => {
    expect(textOf('x')).toBe('a model reads the');
    expect(textOf('x [tokens=2] [tokens=3]')).toBe('a model reads');
    expect(textOf('[say Hello, you there.]')).toBe('Hello, you there.');
    expect(textOf('[say first] then [say second one]')).toBe('second one');
    expect(scriptOf('[rate=2.5]', options).tokensPerSecond).toBe(2.5);
    expect(scriptOf('x', options).tokensPerSecond).toBe(50);
    expect(scriptOf('[think=2] [say yes]', options)).toMatchObject({ tokens: ['hm', ' hm', 'yes'], thinking: 2 });
    expect(scriptOf('[think=2] [say yes]', { ...options, thinks: false })).toMatchObject({
      tokens: ['yes'],
      thinking: 0,
    });
    expect(textOf('[tokens=0]')).toBe('');
  });

  it('asks for the tools that were offered, with the arguments of the mark, and says nothing beside unless it is told to', () => {
    const prompt = 'Look. [tool find {"where":["a","b"],"deep":{"x":1}}] [tool other {"y":"]}"}] [tool hidden {}]';
    const script = scriptOf(prompt, { ...options, tools: ['find', 'other'] });
    expect(script.toolCalls).toEqual([
      { name: 'find', arguments: { where: ['a', 'b'], deep: { x: 1 } } },
      { name: 'other', arguments: { y: ']}' } },
    ]);
    expect(script.tokens).toEqual([]);
    expect(textOf(`${prompt} [say Wait.]`, { tools: ['find'] })).toBe('Wait.');
    expect(scriptOf(prompt, options).toolCalls).toEqual([]);
    expect(textOf(prompt)).toBe('a model reads the');
    expect(scriptOf('[tool find {broken}]', { ...options, tools: ['find'] }).toolCalls).toEqual([]);
  });

  it('keeps a format, and says what it is told where that is JSON', () => {
    expect(textOf('x', { format: 'json' })).toBe('{"ok":true}');
    expect(textOf('[say {"a":2}]', { format: 'json' })).toBe('{"a":2}');
    expect(textOf('[say no json]', { format: 'json' })).toBe('{"ok":true}');
    expect(JSON.parse(textOf('x', { format: { type: 'object', properties: { n: { type: 'integer' } } } }))).toEqual({
      n: 0,
    });
    expect(textOf('x', { format: '' })).toBe('a model reads the');
  });

  it('ends before the first of its stops, also in the middle of a token', () => {
    expect(textOf('[say one two three]', { stop: [' three', 'wo'] })).toBe('one t');
    expect(textOf('[say one two]', { stop: ['four'] })).toBe('one two');
    expect(textOf('[say one two]', { stop: ['one'] })).toBe('');
  });

  it('tokens are words, and there is at least one', () => {
    expect(['', ' ', 'one', ' one  two\nthree '].map(countFakeTokens)).toEqual([1, 1, 1, 3]);
  });
});

describe('a value that fits a schema', () => {
  const schemas: [JsonObject, unknown][] = [
    [
      { type: 'object', properties: { a: { type: 'string' }, b: { type: 'boolean' } } },
      { a: 'text', b: true },
    ],
    [{ properties: { a: { type: 'null' } } }, { a: null }],
    [{ enum: ['low', 'high'] }, 'low'],
    [{ const: 7 }, 7],
    [{ type: 'integer', minimum: 3 }, 3],
    [{ type: 'number', exclusiveMinimum: 0 }, 1],
    [{ type: 'integer' }, 0],
    [{ type: 'array', items: { type: 'integer' }, minItems: 2 }, [0, 0]],
    [{ type: 'array' }, []],
    [{ type: 'string', minLength: 6 }, 'text..'],
    [{ type: 'string', maxLength: 2 }, 'te'],
    [{ type: ['integer', 'null'] }, 0],
    [{ anyOf: [{ type: 'boolean' }, { type: 'null' }] }, true],
    [{ $defs: { x: { const: 'y' } }, type: 'object', properties: { x: { $ref: '#/$defs/x' } } }, { x: 'y' }],
    [{}, 'text'],
  ];
  for (const [schema, value] of schemas) {
    it(JSON.stringify(schema), () => expect(valueOfSchema(schema)).toEqual(value));
  }

  it('a schema that refers to itself comes to an end', () => {
    const schema = { type: 'object', properties: { next: { $ref: '#' } } };
    expect(JSON.stringify(valueOfSchema(schema)).length).toBeLessThan(200);
  });
});

describe('a prompt in a context', () => {
  const messages = [
    { role: 'system', content: 'be brief' },
    { role: 'user', content: 'one two three' },
    { role: 'assistant', content: 'four five' },
    { role: 'user', content: 'six' },
  ];

  it('that fits is read whole', () => {
    expect(fitPrompt(messages, 8)).toEqual({
      text: 'be brief\none two three\nfour five\nsix',
      tokens: 8,
      answersTool: false,
      isTooLong: false,
    });
  });

  it('that does not loses its oldest messages, never the system prompt or the last message', () => {
    expect(fitPrompt(messages, 7)).toMatchObject({ text: 'be brief\nfour five\nsix', tokens: 5, isTooLong: true });
    expect(fitPrompt(messages, 4)).toMatchObject({ text: 'be brief\nsix', tokens: 3 });
    expect(fitPrompt(messages, 2)).toMatchObject({ text: 'be brief\nsix', tokens: 2, isTooLong: true });
  });

  it('whose last message is that of a tool answers it', () => {
    expect(fitPrompt([...messages, { role: 'tool', content: '5' }], 100).answersTool).toBe(true);
  });
});
