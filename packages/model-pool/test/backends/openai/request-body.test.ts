import { describe, expect, it } from 'vitest';
import type { TextRequest } from '../../../src/backends/backend.js';
import type { OptionalPart } from '../../../src/backends/openai/refusals.js';
import { chatBody } from '../../../src/backends/openai/request-body.js';
import { isStrictSchema } from '../../../src/backends/openai/strict-schema.js';
import type { JsonObject } from '../../../src/index.js';

const request: TextRequest = {
  profile: {
    model: 'm',
    contextTokens: 4096,
    maxOutputTokens: 4096,
    think: false,
    slots: 1,
    isEmbedder: false,
    runner: { num_ctx: 4096 },
    keepAlive: -1,
  },
  messages: [{ role: 'user', content: 'hi' }],
  prompt: null,
  system: null,
  format: undefined,
  think: true,
  maxOutputTokens: 9,
  temperature: null,
  topP: null,
  seed: null,
  stop: [],
  tools: [],
  toolChoice: 'auto',
  signal: new AbortController().signal,
  firstTokenMs: 1,
  stallMs: 1,
};

const bodyOf = (more: Partial<TextRequest>, ...refused: readonly OptionalPart[]): JsonObject =>
  chatBody({ ...request, ...more }, new Set(refused));

describe('what is sent', () => {
  it('a chat streams with its usage and carries neither keep_alive nor runner options', () => {
    expect(bodyOf({})).toEqual({
      model: 'm',
      messages: [{ role: 'user', content: 'hi' }],
      stream: true,
      stream_options: { include_usage: true },
      max_tokens: 9,
      chat_template_kwargs: { enable_thinking: true },
    });
  });

  it('every option has its name', () => {
    expect(bodyOf({ temperature: 0, topP: 0.5, seed: 7, stop: ['a', 'b'] })).toMatchObject({
      temperature: 0,
      top_p: 0.5,
      seed: 7,
      stop: ['a', 'b'],
    });
  });

  it('a prompt is a chat of one message, after the system prompt', () => {
    expect(bodyOf({ messages: null, prompt: 'p', system: 's' }).messages).toEqual([
      { role: 'system', content: 's' },
      { role: 'user', content: 'p' },
    ]);
  });

  it('a limit that is not below the context is left out', () => {
    expect(bodyOf({ maxOutputTokens: 4095 })).toHaveProperty('max_tokens', 4095);
    expect(bodyOf({ maxOutputTokens: 4096 })).not.toHaveProperty('max_tokens');
    expect(bodyOf({}, 'max_tokens')).toMatchObject({ max_completion_tokens: 9 });
    expect(bodyOf({}, 'max_tokens')).not.toHaveProperty('max_tokens');
  });

  const thoughts: [TextRequest['think'], JsonObject][] = [
    [false, { reasoning_effort: 'none', chat_template_kwargs: { enable_thinking: false } }],
    [true, { chat_template_kwargs: { enable_thinking: true } }],
    ['low', { reasoning_effort: 'low', chat_template_kwargs: { enable_thinking: true } }],
    ['medium', { reasoning_effort: 'medium', chat_template_kwargs: { enable_thinking: true } }],
    ['high', { reasoning_effort: 'high', chat_template_kwargs: { enable_thinking: true } }],
    ['max', { reasoning_effort: 'xhigh', chat_template_kwargs: { enable_thinking: true } }],
  ];
  for (const [think, expected] of thoughts)
    it(`think ${think} is said in both ways that servers read`, () => {
      const { reasoning_effort, chat_template_kwargs } = bodyOf({ think });
      expect(JSON.parse(JSON.stringify({ reasoning_effort, chat_template_kwargs }))).toEqual(expected);
      const bare = bodyOf({ think }, 'reasoning_effort', 'chat_template_kwargs');
      expect(bare).not.toHaveProperty('reasoning_effort');
      expect(bare).not.toHaveProperty('chat_template_kwargs');
    });

  it('a format switches thinking off', () => {
    expect(bodyOf({ think: 'high', format: 'json' })).toMatchObject({
      reasoning_effort: 'none',
      response_format: { type: 'json_object' },
    });
  });

  it('a schema is strict where it can be kept strictly', () => {
    const strict = { type: 'object', properties: {}, additionalProperties: false };
    expect(bodyOf({ format: strict }).response_format).toEqual({
      type: 'json_schema',
      json_schema: { name: 'answer', strict: true, schema: strict },
    });
    expect(bodyOf({ format: { type: 'object' } }).response_format).toMatchObject({ json_schema: { strict: false } });
    expect(bodyOf({ format: 'json' }, 'json_object').response_format).toEqual({
      type: 'json_schema',
      json_schema: { name: 'answer', strict: false, schema: { type: 'object' } },
    });
  });

  it('tools are functions, and what may not be called is not offered', () => {
    const a = { name: 'a', description: 'does a', parameters: { type: 'object' } };
    const b = { name: 'b', parameters: { type: 'object' } };
    const offered = (toolChoice: TextRequest['toolChoice']) => {
      const { tools, tool_choice } = bodyOf({ tools: [a, b], toolChoice });
      const names = (tools as { function: { name: string } }[] | undefined)?.map((tool) => tool.function.name);
      return [names, tool_choice];
    };
    expect(bodyOf({ tools: [a, b] }).tools).toEqual([
      { type: 'function', function: a },
      { type: 'function', function: b },
    ]);
    expect(offered('auto')).toEqual([['a', 'b'], undefined]);
    expect(offered('required')).toEqual([['a', 'b'], 'required']);
    expect(offered({ name: 'b' })).toEqual([['b'], 'required']);
    expect(offered('none')).toEqual([undefined, undefined]);
  });

  it('messages of an assistant and of a tool join by the id, and arguments are JSON text', () => {
    const toolCalls = [{ id: 'c1', name: 'a', arguments: { x: 1 } }];
    const messages: TextRequest['messages'] = [
      { role: 'assistant', content: '', toolCalls },
      { role: 'assistant', content: 'look', toolCalls },
      { role: 'tool', content: '42', toolCallId: 'c1', toolName: 'a' },
      { role: 'tool', content: '43', toolName: 'a' },
      { role: 'assistant', content: 'done', toolCalls: [] },
    ];
    const call = { id: 'c1', type: 'function', function: { name: 'a', arguments: '{"x":1}' } };
    expect(bodyOf({ messages }).messages).toEqual([
      { role: 'assistant', content: null, tool_calls: [call] },
      { role: 'assistant', content: 'look', tool_calls: [call] },
      { role: 'tool', content: '42', tool_call_id: 'c1' },
      { role: 'tool', content: '43', name: 'a' },
      { role: 'assistant', content: 'done' },
    ]);
  });
});

describe('a strict schema', () => {
  const closed = (properties: JsonObject, required = Object.keys(properties)): JsonObject => ({
    type: 'object',
    properties,
    required,
    additionalProperties: false,
  });
  const text = { type: 'string' };
  const cases: [string, JsonObject, boolean][] = [
    ['a text', text, true],
    ['an object that names all of its properties', closed({ a: text }), true],
    ['an empty object', { type: 'object', additionalProperties: false }, true],
    ['an object that allows others', { type: 'object', properties: { a: text }, required: ['a'] }, false],
    ['an object with an optional property', closed({ a: text, b: text }, ['a']), false],
    ['an object without a type', { properties: { a: text } }, false],
    ['any object', { type: 'object' }, false],
    ['a good object inside', closed({ a: closed({ b: text }) }), true],
    ['an open object inside', closed({ a: { type: 'object' } }), false],
    ['an open object in a list', closed({ a: { type: 'array', items: { type: 'object' } } }), false],
    ['an open object among several', { anyOf: [text, { type: 'object' }] }, false],
    ['an open object by reference', { ...closed({}), $defs: { a: { type: 'object' } } }, false],
    ['a property that is called properties', closed({ properties: text }), true],
  ];
  for (const [name, schema, expected] of cases)
    it(`${name}: ${expected ? 'yes' : 'no'}`, () => expect(isStrictSchema(schema)).toBe(expected));
});
