import { describe, expect, it } from 'vitest';
import { openaiChat, openaiCompletion } from '../../../src/wire/openai/text-shape.js';
import { overTheWire, textEnd, textPiece, weatherCall } from '../outcome.js';

const head = { id: 'chatcmpl-1', model: 'qwen', createdAtMs: 1_764_500_000_900, includesUsage: false };
const opening = { id: 'chatcmpl-1', created: 1_764_500_000, model: 'qwen', system_fingerprint: 'fp_tale-local-engine' };
const chunk = { ...opening, object: 'chat.completion.chunk' };
const usage = {
  ...{ prompt_tokens: 30, completion_tokens: 5, total_tokens: 35, prompt_tokens_details: { cached_tokens: 20 } },
};
const timings = { cache_n: 20, prompt_n: 10, prompt_ms: 12.346, predicted_n: 5, predicted_ms: 40.5, queue_ms: 3 };

describe('a stream of /v1/chat/completions', () => {
  const chat = openaiChat(head);

  it('begins with the role, goes on with text and thinking, ends with the reason', () => {
    expect(overTheWire([...chat.begin(), chat.delta(textPiece('hm', true)), chat.delta(textPiece('Hal'))])).toEqual([
      { ...chunk, choices: [{ index: 0, delta: { role: 'assistant', content: '' }, finish_reason: null }] },
      { ...chunk, choices: [{ index: 0, delta: { reasoning_content: 'hm' }, finish_reason: null }] },
      { ...chunk, choices: [{ index: 0, delta: { content: 'Hal' }, finish_reason: null }] },
    ]);
    expect(overTheWire(chat.end(textEnd()))).toEqual([
      { ...chunk, choices: [{ index: 0, delta: {}, finish_reason: 'stop' }], timings },
    ]);
    expect(chat.end(textEnd({ reason: 'length' }))).toMatchObject([{ choices: [{ finish_reason: 'length' }] }]);
  });

  it('asks for tools in a chunk before the end, with arguments as JSON text', () => {
    expect(overTheWire(chat.end(textEnd({ toolCalls: [weatherCall] })))).toMatchObject([
      {
        choices: [
          {
            delta: {
              tool_calls: [
                {
                  ...{ index: 0, id: 'call_a', type: 'function' },
                  function: { name: 'weather', arguments: '{"city":"Wien","days":2}' },
                },
              ],
            },
            finish_reason: null,
          },
        ],
      },
      { choices: [{ delta: {}, finish_reason: 'tool_calls' }] },
    ]);
  });

  it('with include_usage ends with a chunk of counts without choices, and has usage null before', () => {
    const counted = openaiChat({ ...head, includesUsage: true });
    expect(counted.delta(textPiece('x'))).toMatchObject({ usage: null });
    expect(counted.begin()).toMatchObject([{ usage: null }]);
    const [end, last] = counted.end(textEnd());
    expect(end).toMatchObject({ usage: null, choices: [{ finish_reason: 'stop' }] });
    expect(overTheWire(last)).toEqual({ ...chunk, choices: [], usage });
  });
});

describe('a document of /v1/chat/completions', () => {
  const chat = openaiChat(head);

  it('has text, thinking, reason and counts', () => {
    expect(overTheWire(chat.document({ text: 'Hallo', thinking: 'hm' }, textEnd()))).toEqual({
      ...{ ...opening, object: 'chat.completion', usage, timings },
      choices: [
        {
          ...{ index: 0, logprobs: null, finish_reason: 'stop' },
          message: { role: 'assistant', content: 'Hallo', reasoning_content: 'hm' },
        },
      ],
    });
  });

  it('has no content where it only asks for tools', () => {
    const ended = textEnd({ toolCalls: [weatherCall] });
    expect(chat.document({ text: '', thinking: '' }, ended)).toMatchObject({
      choices: [{ message: { content: null, tool_calls: [{ id: 'call_a' }] }, finish_reason: 'tool_calls' }],
    });
    expect(chat.document({ text: 'let me see', thinking: '' }, ended)).toMatchObject({
      choices: [{ message: { content: 'let me see' } }],
    });
    expect(chat.document({ text: '', thinking: '' }, textEnd())).toMatchObject({
      choices: [{ message: { content: '' } }],
    });
  });
});

describe('answers of /v1/completions', () => {
  const completion = openaiCompletion({ ...head, id: 'cmpl-1', includesUsage: true });
  const start = { ...opening, id: 'cmpl-1', object: 'text_completion' };

  it('come in pieces and as a document, without thinking', () => {
    expect(completion.begin()).toEqual([]);
    expect(overTheWire(completion.delta(textPiece('Hal')))).toEqual({
      ...start,
      ...{ choices: [{ index: 0, text: 'Hal', logprobs: null, finish_reason: null }], usage: null },
    });
    expect(completion.delta(textPiece('hm', true))).toMatchObject({ choices: [{ text: '' }] });
    expect(overTheWire(completion.end(textEnd()))).toEqual([
      { ...start, choices: [{ index: 0, text: '', logprobs: null, finish_reason: 'stop' }], usage: null, timings },
      { ...start, choices: [], usage },
    ]);
    expect(overTheWire(completion.document({ text: 'Hallo', thinking: 'hm' }, textEnd({ reason: 'length' })))).toEqual({
      ...{ ...start, usage, timings },
      choices: [{ index: 0, text: 'Hallo', logprobs: null, finish_reason: 'length' }],
    });
  });
});
