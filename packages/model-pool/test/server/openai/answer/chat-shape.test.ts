import { describe, expect, it } from 'vitest';
import type { CallEnd, CallUsage } from '../../../../src/index.js';
import { chatShape } from '../../../../src/server/openai/answer/chat-shape.js';
import { completionShape } from '../../../../src/server/openai/answer/completion-shape.js';

const head = { requestId: 'R1', model: 'small:1b', createdSeconds: 1_800_000_000 };
const usage: CallUsage = {
  ...{ inputTokens: 10, outputTokens: 4, cacheReadTokens: null, cacheWriteTokens: null, reasoningTokens: null },
  source: 'reported',
};
const end = { usage, finishReason: 'stop' } as CallEnd;
const call = { id: 't1', name: 'weather', arguments: { city: 'Rome "x"' } };
const parse = (event: string) => {
  expect(event).toMatch(/^data: .*\n\n$/);
  return JSON.parse(event.slice(6)) as Record<string, unknown>;
};
const chunk = (delta: object, finish: string | null = null) => ({
  ...{ id: 'chatcmpl-R1', object: 'chat.completion.chunk', created: 1_800_000_000, model: 'small:1b' },
  system_fingerprint: null,
  choices: [{ index: 0, delta, logprobs: null, finish_reason: finish }],
});

describe('a chat in pieces', () => {
  it('has one event a piece, each with its head', () => {
    const chunks = chatShape.chunks(head, false);
    expect(parse(chunks.first())).toEqual(chunk({ role: 'assistant', content: '', refusal: null }));
    expect(parse(chunks.text('a "quote"\n\n🦙'))).toEqual(chunk({ content: 'a "quote"\n\n🦙' }));
    expect(parse(chunks.thinking('hm'))).toEqual(chunk({ reasoning_content: 'hm' }));
    expect(parse(chunks.end('length'))).toEqual(chunk({}, 'length'));
    expect(chunks.usage(usage)).toBe('');
    const called = { name: 'weather', arguments: '{"city":"Rome \\"x\\""}' };
    expect(parse(chunks.toolCall(2, call))).toEqual(
      chunk({ tool_calls: [{ index: 2, id: 't1', type: 'function', function: called }] }),
    );
  });

  it('that includes its usage has it in an event without choices, and null before', () => {
    const chunks = chatShape.chunks(head, true);
    expect(parse(chunks.text('x'))).toEqual({ ...chunk({ content: 'x' }), usage: null });
    expect(parse(chunks.usage(usage))).toEqual({
      ...chunk({}),
      choices: [],
      usage: { prompt_tokens: 10, completion_tokens: 4, total_tokens: 14 },
    });
  });
});

describe('a whole chat', () => {
  const message = (answer: object) => (answer as { choices: { message: object }[] }).choices[0]?.message;
  it('has text, reason and usage', () => {
    expect(chatShape.whole(head, { text: 'hi', thinking: '', toolCalls: [], end })).toEqual({
      ...{ id: 'chatcmpl-R1', object: 'chat.completion', created: 1_800_000_000, model: 'small:1b' },
      system_fingerprint: null,
      choices: [
        {
          ...{ index: 0, logprobs: null, finish_reason: 'stop' },
          message: { role: 'assistant', content: 'hi', refusal: null },
        },
      ],
      usage: { prompt_tokens: 10, completion_tokens: 4, total_tokens: 14 },
    });
  });
  it('without text has none only beside tools', () => {
    expect(message(chatShape.whole(head, { text: '', thinking: '', toolCalls: [], end }))).toMatchObject({
      content: '',
    });
    expect(message(chatShape.whole(head, { text: '', thinking: 'hm', toolCalls: [call], end }))).toMatchObject({
      content: null,
      reasoning_content: 'hm',
      tool_calls: [{ id: 't1', type: 'function', function: { name: 'weather', arguments: '{"city":"Rome \\"x\\""}' } }],
    });
  });
  it('says what is known of cache and thinking', () => {
    const known = { ...end, finishReason: 'tool-calls', usage: { ...usage, cacheReadTokens: 0, reasoningTokens: 3 } };
    expect(chatShape.whole(head, { text: '', thinking: '', toolCalls: [], end: known as CallEnd })).toMatchObject({
      choices: [{ finish_reason: 'tool_calls' }],
      usage: { prompt_tokens_details: { cached_tokens: 0 }, completion_tokens_details: { reasoning_tokens: 3 } },
    });
  });
});

describe('a completion', () => {
  const body = {
    id: 'cmpl-R1',
    object: 'text_completion',
    created: 1_800_000_000,
    model: 'small:1b',
    system_fingerprint: null,
  };
  const choice = (text: string, finish: string | null) => ({ text, index: 0, logprobs: null, finish_reason: finish });
  it('is text, whole or in pieces', () => {
    expect(completionShape.whole(head, { text: 'hi', thinking: 'hm', toolCalls: [], end })).toEqual({
      ...body,
      choices: [choice('hi', 'stop')],
      usage: { prompt_tokens: 10, completion_tokens: 4, total_tokens: 14 },
    });
    const chunks = completionShape.chunks(head, true);
    expect([chunks.first(), chunks.thinking('hm'), chunks.toolCall(0, call)]).toEqual(['', '', '']);
    expect(parse(chunks.text('a\n'))).toEqual({ ...body, choices: [choice('a\n', null)], usage: null });
    expect(parse(chunks.end('stop'))).toEqual({ ...body, choices: [choice('', 'stop')], usage: null });
    expect(parse(chunks.usage(usage))).toMatchObject({ choices: [], usage: { total_tokens: 14 } });
    expect(completionShape.chunks(head, false).usage(usage)).toBe('');
  });
});
