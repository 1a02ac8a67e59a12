import { describe, expect, it } from 'vitest';
import {
  openaiChatRequest,
  readOfferedTools,
  readReasoning,
  readResponseFormat,
} from '../../../src/wire/openai/chat-request.js';
import { completionRequest } from '../../../src/wire/openai/completion-request.js';
import { readSampling } from '../../../src/wire/openai/sampling.js';
import { readRequest } from '../../../src/wire/read-request.js';

const least = { model: 'x', messages: [{ role: 'user', content: 'hi' }] };
const chat = (body: object = {}) => readRequest(openaiChatRequest, { ...least, ...body });
const tools = [{ type: 'function', function: { name: 'weather' } }];
const refused = expect.objectContaining({ code: 'invalid-request' });

describe('body of /v1/chat/completions', () => {
  it.each([
    [{ messages: [] }],
    [{ messages: undefined }],
    [{ model: undefined }],
    [{ temperature: 'hot' }],
    [{ temperature: -1 }],
    [{ top_p: 2 }],
    [{ presence_penalty: 3 }],
    [{ frequency_penalty: -3 }],
    [{ max_tokens: 0 }],
    [{ max_completion_tokens: 1.5 }],
    [{ n: 2 }],
    [{ stop: [1] }],
    [{ seed: 'x' }],
    [{ stream: 'yes' }],
    [{ stream_options: { include_usage: 'yes' } }],
    [{ response_format: { type: 'grammar' } }],
    [{ response_format: { type: 'json_schema' } }],
    [{ response_format: { type: 'json_schema', json_schema: { name: 'x' } } }],
    [{ reasoning_effort: 'huge' }],
    [{ tools: [{ type: 'custom' }] }],
  ])('%j is refused', (body) => {
    expect(() => chat(body)).toThrowError(refused);
  });

  it('takes what clients send, known and unknown', () => {
    const body = {
      ...{ temperature: null, top_p: null, n: 1, stop: null, user: 'u', store: false, parallel_tool_calls: true },
      ...{ stream_options: null, response_format: null, tools: null, tool_choice: null, logprobs: false },
    };
    expect(chat(body)).toMatchObject({ user: 'u' });
  });

  it.each<[unknown, unknown]>([
    [undefined, null],
    [{ type: 'text' }, null],
    [{ type: 'json_object' }, { kind: 'json' }],
    [
      { type: 'json_schema', json_schema: { name: 'x', strict: true, schema: { type: 'object' } } },
      { kind: 'schema', schema: { type: 'object' } },
    ],
  ])('response_format %j is %j', (format, expected) => {
    expect(readResponseFormat(chat({ response_format: format }))).toEqual(expected);
  });

  it.each<[unknown, string[]]>([
    [undefined, ['weather']],
    [null, ['weather']],
    ['auto', ['weather']],
    ['none', []],
  ])('tool_choice %j offers %j', (choice, names) => {
    expect(readOfferedTools(chat({ tools, tool_choice: choice })).map(({ name }) => name)).toEqual(names);
  });

  it.each([['required'], [{ type: 'function', function: { name: 'weather' } }], [7]])(
    'tool_choice %j is refused, since nothing can enforce it',
    (choice) => {
      expect(() => readOfferedTools(chat({ tools, tool_choice: choice }))).toThrowError(refused);
    },
  );

  it.each<[string | null | undefined, boolean | null]>([
    [undefined, null],
    [null, null],
    ['none', false],
    ['low', true],
    ['high', true],
  ])('reasoning_effort %j is %j', (effort, expected) => {
    expect(readReasoning(chat({ reasoning_effort: effort }))).toBe(expected);
  });
});

describe('sampling', () => {
  it('has OpenAI’s defaults', () => {
    expect(readSampling(chat())).toEqual({
      ...{ temperature: 1, topK: 40, topP: 1, minP: 0, seed: null, stop: [] },
      ...{ repeatPenalty: 1, repeatLastTokens: 64, presencePenalty: 0, frequencyPenalty: 0 },
    });
  });

  it('takes over what is given', () => {
    const body = {
      temperature: 0,
      top_p: 0.5,
      seed: 2 ** 32 + 3,
      stop: 'x',
      presence_penalty: 1,
      frequency_penalty: 2,
    };
    expect(readSampling(chat(body))).toMatchObject({
      ...{ temperature: 0, topP: 0.5, seed: 3, stop: ['x'], presencePenalty: 1, frequencyPenalty: 2 },
    });
    expect(readSampling(chat({ seed: -1 })).seed).toBeNull();
  });
});

describe('body of /v1/completions', () => {
  it.each([['hi'], [['hi']]])('takes the prompt %j', (prompt) => {
    expect(readRequest(completionRequest, { model: 'x', prompt }).prompt).toBe('hi');
  });

  it.each([
    [{}],
    [{ prompt: ['a', 'b'] }],
    [{ prompt: [] }],
    [{ prompt: [1, 2] }],
    [{ prompt: 'a', echo: true }],
    [{ prompt: 'a', best_of: 2 }],
    [{ prompt: 'a', n: 2 }],
  ])('refuses %j', (body) => {
    expect(() => readRequest(completionRequest, { model: 'x', ...body })).toThrowError(refused);
  });
});
