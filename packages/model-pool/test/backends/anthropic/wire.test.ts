import { describe, expect, it } from 'vitest';
import { cacheFromCharacters, messageBody } from '../../../src/backends/anthropic/wire.js';
import type { TextRequest } from '../../../src/backends/backend.js';
import { checkMessageRequest } from '../../../src/testing/fake-anthropic/checks.js';
import type { ChatMessage, JsonObject, Think, ToolChoice, ToolDefinition } from '../../../src/types.js';
import { claudeRequest } from '../../setup/anthropic-request.js';

const look: ToolDefinition = {
  name: 'look',
  description: 'Looks.',
  parameters: { type: 'object', properties: { at: { type: 'string' } } },
};
const hear: ToolDefinition = { name: 'hear', parameters: {} };

const bodyOf = (model: string, more: Partial<TextRequest> = {}, isCached = false) =>
  messageBody(claudeRequest('hello', more, model), isCached) as unknown as JsonObject;

describe('the body of a message', () => {
  it('a chat has its model, its limit and its messages, and nothing that was not asked for', () => {
    expect(bodyOf('claude-opus-4-8')).toEqual({
      model: 'claude-opus-4-8',
      max_tokens: 4_000,
      stream: true,
      messages: [{ role: 'user', content: 'hello' }],
    });
  });

  it('a prompt is a message of the user', () => {
    expect(bodyOf('claude-opus-4-8', { messages: null, prompt: 'go', system: 'be brief' })).toMatchObject({
      system: [{ type: 'text', text: 'be brief' }],
      messages: [{ role: 'user', content: 'go' }],
    });
  });

  it('system prompts are joined', () => {
    const messages: ChatMessage[] = [
      { role: 'system', content: 'second' },
      { role: 'user', content: 'a' },
      { role: 'system', content: 'third' },
    ];
    const { system } = bodyOf('claude-opus-4-8', { messages, system: 'first' });
    expect(system).toEqual([{ type: 'text', text: 'first\n\nsecond\n\nthird' }]);
  });

  it('what the API does not have is left out', () => {
    const body = bodyOf('claude-opus-5-5', { temperature: 0.7, topP: 0.9, seed: 7 });
    expect(Object.keys(body).sort()).toEqual(['max_tokens', 'messages', 'model', 'output_config', 'stream']);
  });

  it('stops are passed on', () => {
    expect(bodyOf('claude-opus-4-8', { stop: ['END'] }).stop_sequences).toEqual(['END']);
  });

  it('a stop of white space cannot be had', () => {
    expect(() => bodyOf('claude-opus-4-8', { stop: ['\n\n'] })).toThrow(
      expect.objectContaining({ code: 'capability-missing', retryable: false }),
    );
  });

  it('the limit is no larger than what the model can write', () => {
    expect(bodyOf('claude-haiku-4-5', { maxOutputTokens: 200_000 }).max_tokens).toBe(64_000);
    expect(bodyOf('claude-haiku-4-5', { maxOutputTokens: 10 }).max_tokens).toBe(10);
  });

  it('a chat without a word is rejected', () => {
    for (const messages of [[{ role: 'user', content: ' ' }], [{ role: 'system', content: 'x' }]] as ChatMessage[][])
      expect(() => bodyOf('claude-opus-5-5', { messages })).toThrow(expect.objectContaining({ code: 'rejected' }));
  });
});

const thinkingCases: readonly [
  model: string,
  think: Think,
  thinking: object | undefined,
  effort: string | undefined,
][] = [
  ['claude-haiku-4-5', false, undefined, undefined],
  ['claude-haiku-4-5', true, { type: 'enabled', budget_tokens: 2_000 }, undefined],
  ['claude-haiku-4-5', 'low', { type: 'enabled', budget_tokens: 2_000 }, undefined],
  ['claude-opus-4-8', false, undefined, undefined],
  ['claude-opus-4-8', true, { type: 'adaptive', display: 'summarized' }, undefined],
  ['claude-opus-4-8', 'max', { type: 'adaptive', display: 'summarized' }, 'max'],
  ['claude-opus-5', false, { type: 'disabled' }, undefined],
  ['claude-sonnet-5-5', false, { type: 'between_tools' }, undefined],
  ['claude-sonnet-5-5', 'medium', { type: 'adaptive', display: 'summarized' }, 'medium'],
  ['claude-haiku-5-5', false, { type: 'disabled' }, undefined],
  ['claude-opus-5-5', false, undefined, 'low'],
  ['claude-opus-5-5', true, { type: 'adaptive', display: 'summarized' }, undefined],
  ['claude-fable-5-1', 'high', { type: 'adaptive', display: 'summarized' }, 'high'],
  ['somebody-else', false, undefined, 'low'],
];

describe('thinking', () => {
  it.each(thinkingCases)('of %s, told %s, is %j with the effort %s', (model, think, thinking, effort) => {
    const body = bodyOf(model, { think });
    expect(body.thinking).toEqual(thinking);
    expect((body.output_config as JsonObject | undefined)?.effort).toBe(effort);
  });

  it('a budget is half of the answer at most, and none where that is too little', () => {
    const budget = (maxOutputTokens: number, think: Think) =>
      (bodyOf('claude-sonnet-4-5', { maxOutputTokens, think }).thinking as JsonObject | undefined)?.budget_tokens;
    expect([budget(64_000, 'low'), budget(64_000, true), budget(64_000, 'high'), budget(200_000, 'max')]).toEqual([
      2_048, 8_192, 16_384, 32_000,
    ]);
    expect(budget(2_047, 'max')).toBeUndefined();
  });

  it('with a budget there is none in the middle of the work with tools', () => {
    const messages: ChatMessage[] = [
      { role: 'user', content: 'a' },
      { role: 'assistant', content: '', toolCalls: [{ id: '1', name: 'look', arguments: {} }] },
      { role: 'tool', content: 'dark', toolCallId: '1' },
    ];
    const more = { messages, tools: [look], think: true };
    expect(bodyOf('claude-sonnet-4-5', more).thinking).toBeUndefined();
    expect(bodyOf('claude-opus-5', more).thinking).toMatchObject({ type: 'adaptive' });
  });

  it('there is none with a format or a tool that must be called', () => {
    expect(bodyOf('claude-opus-5', { think: true, format: 'json' }).thinking).toEqual({ type: 'disabled' });
    const forced = bodyOf('claude-opus-5', { think: true, tools: [look], toolChoice: 'required' });
    expect(forced.thinking).toEqual({ type: 'disabled' });
  });
});

describe('a format', () => {
  it('a schema is a structured output', () => {
    const format = { type: 'object', properties: { n: { type: 'integer', minimum: 1 } }, required: ['n'] };
    expect(bodyOf('claude-opus-5-5', { format }).output_config).toEqual({
      effort: 'low',
      format: {
        type: 'json_schema',
        schema: {
          type: 'object',
          properties: { n: { type: 'integer', description: 'minimum: 1' } },
          required: ['n'],
          additionalProperties: false,
        },
      },
    });
  });

  it('json is asked for in the system prompt', () => {
    const body = bodyOf('claude-opus-4-8', { format: 'json', system: 'be brief' });
    expect(body.output_config).toBeUndefined();
    expect(body.system).toMatchObject([{ text: expect.stringMatching(/^be brief\n\n.*JSON/) }]);
  });
});

const sentLook = { name: 'look', description: 'Looks.', input_schema: look.parameters };
const sentHear = { name: 'hear', input_schema: { type: 'object' } };

const toolCases: readonly [model: string, choice: ToolChoice, tools: readonly object[], sent: object | undefined][] = [
  ['claude-opus-5', 'auto', [sentLook, sentHear], undefined],
  ['claude-opus-5', 'none', [sentLook, sentHear], { type: 'none' }],
  ['claude-opus-5', 'required', [sentLook, sentHear], { type: 'any' }],
  ['claude-opus-5', { name: 'hear' }, [sentLook, sentHear], { type: 'tool', name: 'hear' }],
  ['claude-opus-5-5', 'auto', [sentLook, sentHear], undefined],
  ['claude-opus-5-5', 'none', [sentLook, sentHear], { type: 'none' }],
  ['claude-opus-5-5', 'required', [sentLook, sentHear], undefined],
  ['claude-opus-5-5', { name: 'hear' }, [sentHear], undefined],
];

describe('tools', () => {
  it.each(toolCases)('of %s with the choice %j are %j with %j', (model, toolChoice, tools, sent) => {
    const body = bodyOf(model, { tools: [look, hear], toolChoice });
    expect(body.tools).toEqual(tools);
    expect(body.tool_choice).toEqual(sent);
  });

  it('a model that cannot be made to call one is asked to', () => {
    const asked = (toolChoice: ToolChoice) => bodyOf('claude-opus-5-5', { tools: [look, hear], toolChoice }).system;
    expect(asked('required')).toMatchObject([{ text: expect.stringContaining('at least one of the tools') }]);
    expect(asked({ name: 'hear' })).toMatchObject([{ text: expect.stringContaining('the tool hear') }]);
    expect(asked('auto')).toBeUndefined();
  });

  it('a chat with calls has their tools also where none is offered', () => {
    const messages: ChatMessage[] = [
      { role: 'assistant', content: '', toolCalls: [{ id: '1', name: 'look', arguments: {} }] },
      { role: 'tool', content: 'dark', toolCallId: '1' },
    ];
    const body = bodyOf('claude-opus-5-5', { messages });
    expect(body.tools).toEqual([{ name: 'look', input_schema: { type: 'object' } }]);
    expect(body.tool_choice).toEqual({ type: 'none' });
  });
});

describe('the cache', () => {
  const long = 'x'.repeat(cacheFromCharacters);
  const mark = { type: 'ephemeral' };

  it('a long system prompt is marked, with the tools before it', () => {
    const body = bodyOf('claude-opus-5-5', { system: long, tools: [look] }, true);
    expect(body.system).toEqual([{ type: 'text', text: long, cache_control: mark }]);
    expect(body.tools).toEqual([sentLook]);
  });

  it('without a system prompt the last tool is marked', () => {
    const tools = [look, { ...hear, description: long }];
    const body = bodyOf('claude-opus-5-5', { tools }, true);
    expect(body.tools).toEqual([sentLook, { ...sentHear, description: long, cache_control: mark }]);
  });

  it('short ones are not, nor any where it is switched off', () => {
    const bodies = [bodyOf('claude-opus-5-5', { system: 'short' }, true), bodyOf('claude-opus-5-5', { system: long })];
    for (const body of bodies) expect(JSON.stringify(body)).not.toContain('cache_control');
  });
});

it('whatever is asked of whichever model, the API takes it', () => {
  const models = thinkingCases.map(([model]) => model);
  const format = {
    type: 'object',
    properties: { n: { type: 'number', maximum: 3 }, m: { oneOf: [{ type: 'null' }] } },
  };
  const thinks: Think[] = [false, true, 'low', 'medium', 'high', 'max'];
  const choices: ToolChoice[] = ['auto', 'none', 'required', { name: 'look' }];
  for (const model of models) {
    for (const think of thinks) {
      const bodies = [
        bodyOf(model, { think, temperature: 0, seed: 1, topP: 1 }),
        bodyOf(model, { think, maxOutputTokens: 1 }),
        bodyOf(model, { think, maxOutputTokens: 1_000_000 }),
        bodyOf(model, { think, format }),
        bodyOf(model, { think, format: 'json' }),
        ...choices.map((toolChoice) => bodyOf(model, { think, tools: [look, hear], toolChoice }, true)),
      ];
      for (const body of bodies) expect(checkMessageRequest(body), JSON.stringify(body)).toBeNull();
    }
  }
});
