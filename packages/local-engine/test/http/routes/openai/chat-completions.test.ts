import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { eventsOf, type ScriptedEngine, scriptedEngine } from '../../scripted-engine.js';

const messages = [{ role: 'user', content: 'hi' }];
const tools = [{ type: 'function', function: { name: 'weather', parameters: { type: 'object' } } }];
const toolCalls = [{ id: 'call_a', name: 'weather', arguments: { city: 'Wien' } }];

describe('/v1/chat/completions', () => {
  let engine: ScriptedEngine;
  beforeAll(async () => {
    engine = await scriptedEngine();
  });
  afterAll(async () => {
    await engine[Symbol.asyncDispose]();
  });
  beforeEach(() => engine.answer({ pieces: ['hel', 'lo'] }));
  const chat = (body: object = {}) => engine.ask('/v1/chat/completions', { model: 'able', messages, ...body });
  const stream = (body: object = {}) =>
    engine.post('/v1/chat/completions', { model: 'able', messages, stream: true, ...body });

  it('gives one document by default', async () => {
    engine.answer({ pieces: ['~hm', 'hel', 'lo'] });
    expect((await chat()).body).toEqual({
      ...{ id: expect.stringMatching(/^chatcmpl-/), object: 'chat.completion', created: expect.any(Number) },
      ...{ model: 'able', system_fingerprint: 'fp_tale-local-engine' },
      choices: [
        {
          message: { role: 'assistant', content: 'hello', reasoning_content: 'hm' },
          ...{ index: 0, logprobs: null, finish_reason: 'stop' },
        },
      ],
      usage: {
        ...{ prompt_tokens: 8, completion_tokens: 3, total_tokens: 11 },
        prompt_tokens_details: { cached_tokens: 5 },
      },
      timings: expect.objectContaining({ cache_n: 5, prompt_n: 3, predicted_n: 3 }),
    });
  });

  it('streams events that end with [DONE], with counts where they are asked for', async () => {
    engine.answer({ pieces: ['~hm', 'hel', 'lo'], result: { reason: 'length' } });
    const response = await stream({ stream_options: { include_usage: true } });
    expect(response.headers.get('content-type')).toContain('text/event-stream');
    const events = await eventsOf(response);
    expect(events.at(-1)).toBe('[DONE]');
    const chunks = events.slice(0, -1) as { id: string; choices: object[]; usage: object | null }[];
    expect(new Set(chunks.map(({ id }) => id)).size).toBe(1);
    expect(chunks.map(({ choices }) => choices)).toMatchObject([
      [{ delta: { role: 'assistant', content: '' }, finish_reason: null }],
      [{ delta: { reasoning_content: 'hm' }, finish_reason: null }],
      [{ delta: { content: 'hel' }, finish_reason: null }],
      [{ delta: { content: 'lo' }, finish_reason: null }],
      [{ delta: {}, finish_reason: 'length' }],
      [],
    ]);
    expect(chunks.map(({ usage }) => usage)).toMatchObject([null, null, null, null, null, { total_tokens: 11 }]);
    const plain = await eventsOf(await stream());
    expect(plain.some((event) => typeof event === 'object' && 'usage' in event)).toBe(false);
  });

  it('asks for tools with arguments as JSON text', async () => {
    engine.answer({ result: { toolCalls } });
    const wanted = { id: 'call_a', type: 'function', function: { name: 'weather', arguments: '{"city":"Wien"}' } };
    expect((await chat({ tools })).body).toMatchObject({
      choices: [{ message: { content: null, tool_calls: [wanted] }, finish_reason: 'tool_calls' }],
    });
    const events = await eventsOf(await stream({ tools }));
    expect(events).toMatchObject([
      { choices: [{ delta: { role: 'assistant' } }] },
      { choices: [{ delta: { tool_calls: [{ index: 0, ...wanted }] } }] },
      { choices: [{ delta: {}, finish_reason: 'tool_calls' }] },
      '[DONE]',
    ]);
  });

  it('hands everything to the child', async () => {
    const body = {
      messages: [
        { role: 'developer', content: 'be brief' },
        {
          role: 'assistant',
          content: null,
          tool_calls: [{ id: 'a', function: { name: 'weather', arguments: '{"x":1}' } }],
        },
        { role: 'tool', tool_call_id: 'a', content: [{ type: 'text', text: 'sunny' }] },
      ],
      ...{ tools, temperature: 0.5, top_p: 0.9, seed: 3, stop: ['a', 'b'], max_tokens: 7, max_completion_tokens: 9 },
      ...{ presence_penalty: 1, frequency_penalty: -1, reasoning_effort: 'none', keep_alive: 0, num_ctx: 99 },
    };
    await chat(body);
    expect(engine.lastCall()).toEqual({
      kind: 'chat',
      messages: [
        { role: 'system', content: 'be brief' },
        { role: 'assistant', content: '', toolCalls: [{ id: 'a', name: 'weather', arguments: { x: 1 } }] },
        { role: 'tool', content: 'sunny', toolCallId: 'a' },
      ],
      tools: [{ name: 'weather', description: '', parameters: { type: 'object' } }],
      ...{ truncate: true, think: false, format: null, maxTokens: 9 },
      sampling: {
        ...{ temperature: 0.5, topK: 40, topP: 0.9, minP: 0, seed: 3, stop: ['a', 'b'] },
        ...{ repeatPenalty: 1, repeatLastTokens: 64, presencePenalty: 1, frequencyPenalty: -1 },
      },
    });
    const running = (await (await fetch(`${engine.url}/api/ps`)).json()) as { models: object[] };
    expect(running.models).toMatchObject([{ name: 'able:latest' }]); // neither keep_alive nor num_ctx is read here
  });

  it('asks for a format, and says in a header what the answer does not keep', async () => {
    const schema = { type: 'object', properties: { name: { type: 'string', pattern: '^a' } } };
    await chat({ response_format: { type: 'json_object' } });
    expect(engine.lastCall()).toMatchObject({ format: { kind: 'json' } });
    engine.answer({ unenforced: ['pattern'], pieces: ['{}'] });
    const response = await stream({ response_format: { type: 'json_schema', json_schema: { name: 'x', schema } } });
    expect(engine.lastCall()).toMatchObject({ format: { kind: 'schema', schema } });
    expect(response.headers.get('x-tale-format-unenforced')).toBe('pattern');
    await response.text();
  });

  it.each<[object, number, string, string]>([
    [{ model: 'unknown' }, 404, 'not_found_error', "model 'unknown' not found"],
    [{ model: '../x' }, 400, 'invalid_request_error', 'invalid model name'],
    [{ messages: [] }, 400, 'invalid_request_error', 'messages'],
    [{ messages: [{ role: 'boss', content: 'x' }] }, 400, 'invalid_request_error', 'messages.0.role'],
    [{ temperature: 'hot' }, 400, 'invalid_request_error', 'temperature'],
    [{ n: 2 }, 400, 'invalid_request_error', 'n: only 1 is supported'],
    [{ logprobs: true }, 400, 'invalid_request_error', 'does not support logprobs'],
    [{ model: 'plain', tools }, 400, 'invalid_request_error', '"plain" does not support tools'],
    [{ model: 'plain', reasoning_effort: 'high' }, 400, 'invalid_request_error', 'does not support thinking'],
    [{ tools, tool_choice: 'required' }, 400, 'invalid_request_error', 'tool_choice'],
    [{ tools, response_format: { type: 'json_object' } }, 400, 'invalid_request_error', 'exclude each other'],
    [
      { messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url: 'data:' } }] }] },
      ...([400, 'invalid_request_error', 'does not support vision'] as const),
    ],
  ])('%j is a %d of OpenAI’s shape', async (body, status, type, message) => {
    expect(await chat(body)).toMatchObject({
      status,
      body: { error: { type, message: expect.stringContaining(message), param: null, code: expect.any(String) } },
    });
  });

  it('an error in the middle of a stream is its last event, without [DONE]', async () => {
    engine.answer({ pieces: ['hel'], failure: { code: 'internal', message: 'out of luck' } });
    const events = await eventsOf(await stream());
    expect(events.at(-1)).toMatchObject({ error: { message: 'out of luck', type: 'api_error', retryable: true } });
    expect(events).not.toContain('[DONE]');
    expect((await chat()).status).toBe(500);
  });
});
