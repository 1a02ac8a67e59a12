import Anthropic from '@anthropic-ai/sdk';
import type { MessageCreateParamsStreaming } from '@anthropic-ai/sdk/resources/messages';
import { describe, expect, it } from 'vitest';
import { type FakeAnthropic, startFakeAnthropic } from '../../../src/testing/index.js';
import type { JsonObject } from '../../../src/types.js';

const version = { 'anthropic-version': '2026-10-21', authorization: 'Bearer k', 'content-type': 'application/json' };
const hello = { model: 'claude-opus-5-5', max_tokens: 100, messages: [{ role: 'user', content: 'hello' }] };

async function send(fake: FakeAnthropic, body: JsonObject, headers: Record<string, string> = version) {
  const answer = await fetch(`${fake.url}/v1/messages`, { method: 'POST', headers, body: JSON.stringify(body) });
  return { status: answer.status, text: await answer.text(), headers: answer.headers };
}

/** The SDK as its users have it, on a fake. */
const sdk = (fake: FakeAnthropic) => new Anthropic({ apiKey: 'k', baseURL: fake.url, maxRetries: 0 });

const params = (content: string): MessageCreateParamsStreaming => ({
  model: 'claude-opus-5-5',
  max_tokens: 1_000,
  stream: true,
  messages: [{ role: 'user', content }],
});

describe('the fake Claude API', () => {
  it('answers with the events of the API, in their order', async () => {
    await using fake = await startFakeAnthropic();
    const { text, headers } = await send(fake, { ...hello, messages: [{ role: 'user', content: '[say a b]' }] });
    expect(headers.get('content-type')).toContain('text/event-stream');
    const types = [...text.matchAll(/^event: (.*)$/gm)].map(([, type]) => type);
    expect(types).toEqual([
      'message_start',
      'ping',
      'content_block_start',
      'content_block_delta',
      'content_block_delta',
      'content_block_stop',
      'message_delta',
      'message_stop',
    ]);
    expect(fake.log).toMatchObject([{ path: '/v1/messages', status: 200, outputTokens: 2, end: 'done' }]);
  });

  it('is understood by the SDK itself: text, thinking, tools and counts', async () => {
    await using fake = await startFakeAnthropic();
    const tools = [{ name: 'look', input_schema: { type: 'object' as const } }];
    const stream = sdk(fake).messages.stream({ ...params('[think=2] [say a b] [call look {"at":"x"}]'), tools });
    const message = await stream.finalMessage();
    expect(message.content.map(({ type }) => type)).toEqual(['thinking', 'text', 'tool_use']);
    expect(message.content.at(-1)).toMatchObject({ name: 'look', input: { at: 'x' } });
    expect(message.stop_reason).toBe('tool_use');
    expect(message.usage).toMatchObject({ output_tokens: 7, output_tokens_details: { thinking_tokens: 2 } });
  });

  it('fails in the SDK as the API does', async () => {
    await using fake = await startFakeAnthropic();
    const faults = [
      ['status-401', Anthropic.AuthenticationError],
      ['status-404', Anthropic.NotFoundError],
      ['status-429', Anthropic.RateLimitError],
      ['status-529', Anthropic.OverloadedError],
      ['status-500', Anthropic.InternalServerError],
    ] as const;
    for (const [kind, errorClass] of faults) {
      await fake.set({ kind });
      await expect(sdk(fake).messages.create(params('x')), kind).rejects.toBeInstanceOf(errorClass);
    }
  });

  it('asks for the key, the version and a model that it has', async () => {
    await using fake = await startFakeAnthropic({ apiKey: 'k', models: ['claude-opus-5-5'] });
    expect(await send(fake, hello)).toMatchObject({ status: 200 });
    expect(await send(fake, hello, { ...version, authorization: 'Bearer other' })).toMatchObject({ status: 401 });
    expect(await send(fake, hello, { ...version, 'anthropic-version': '2023-06-01' })).toMatchObject({ status: 400 });
    const other = await send(fake, { ...hello, model: 'claude-haiku-5-5' });
    expect(other).toMatchObject({ status: 404, text: expect.stringContaining('not_found_error') });
    expect((await fetch(`${fake.url}/v1/models`, { headers: version })).status).toBe(404);
  });

  const call = { role: 'assistant', content: [{ type: 'tool_use', id: '1', name: 'look', input: {} }] };
  const user = { role: 'user', content: 'x' };
  const look = { name: 'look', input_schema: { type: 'object' } };
  const object = { type: 'object' };
  const refused: readonly [what: string, body: JsonObject][] = [
    ['a temperature', { temperature: 1 }],
    ['no limit', { max_tokens: null }],
    ['a limit that is too large', { max_tokens: 200_000 }],
    ['no messages', { messages: [] }],
    ['another role', { messages: [{ role: 'system', content: 'x' }] }],
    ['an empty text', { messages: [{ role: 'user', content: ' ' }] }],
    ['a call without an answer', { messages: [user, call, user], tools: [look] }],
    ['a call at the end', { messages: [user, call], tools: [look] }],
    ['a call without tools', { messages: [user, call] }],
    [
      'an answer without a call',
      { messages: [{ role: 'user', content: [{ type: 'tool_result', tool_use_id: '1' }] }], tools: [look] },
    ],
    [
      'an answer after a text',
      {
        messages: [
          call,
          {
            role: 'user',
            content: [
              { type: 'text', text: 'x' },
              { type: 'tool_result', tool_use_id: '1' },
            ],
          },
        ],
        tools: [look],
      },
    ],
    ['an id with a colon', { messages: [{ role: 'assistant', content: [{ type: 'tool_use', id: 'a:1' }] }] }],
    ['a tool without a type', { tools: [{ name: 'look', input_schema: {} }] }],
    ['a choice without tools', { tool_choice: { type: 'auto' } }],
    ['a choice that the model does not take', { tools: [look], tool_choice: { type: 'any' } }],
    ['thinking that cannot be switched off', { thinking: { type: 'disabled' } }],
    ['a budget where there is none', { thinking: { type: 'enabled', budget_tokens: 10 } }],
    ['a budget above the limit', { model: 'claude-haiku-4-5', thinking: { type: 'enabled', budget_tokens: 100 } }],
    ['an effort of a model without', { model: 'claude-haiku-4-5', output_config: { effort: 'low' } }],
    ['a stop of white space', { stop_sequences: [' '] }],
    ['an open object', { output_config: { format: { type: 'json_schema', schema: object } } }],
    [
      'a limit in a schema',
      { output_config: { format: { type: 'json_schema', schema: { type: 'array', items: { minimum: 1 } } } } },
    ],
  ];

  it.each(refused)('refuses %s', async (_what, more) => {
    await using fake = await startFakeAnthropic();
    const { status, text } = await send(fake, { ...hello, ...more });
    expect(status).toBe(400);
    expect(JSON.parse(text)).toMatchObject({ type: 'error', error: { type: 'invalid_request_error' } });
  });

  it('a fault happens as often as it is told to', async () => {
    await using fake = await startFakeAnthropic();
    await fake.set({ kind: 'status-529', times: 1 }, { kind: 'status-500', times: 1 });
    const statuses = [await send(fake, hello), await send(fake, hello), await send(fake, hello)];
    expect(statuses.map(({ status }) => status)).toEqual([529, 500, 200]);
  });

  it('refuses connections and opens again at the same address', async () => {
    await using fake = await startFakeAnthropic();
    await fake.set({ kind: 'refuse' });
    await expect(send(fake, hello)).rejects.toThrow();
    await fake.set();
    expect(await send(fake, hello)).toMatchObject({ status: 200 });
  });

  it('may be closed twice', async () => {
    const fake = await startFakeAnthropic();
    await fake.close();
    await fake.close();
  });
});
