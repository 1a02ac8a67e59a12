import { manualClock } from '@tale/test-kit';
import { describe, expect, it } from 'vitest';
import { runFakeCommand } from '../../../src/testing/fake-ollama/command.js';
import { type FakeServes, startFakeOllama } from '../../../src/testing/index.js';
import type { JsonObject } from '../../../src/types.js';
import { askFake } from '../../setup/ask-fake.js';

const path = '/v1/chat/completions';
const chatBody = (content: string, more: JsonObject = {}): JsonObject => ({
  model: 'fake:1b',
  messages: [{ role: 'user', content }],
  ...more,
});
const streamed = { stream: true, stream_options: { include_usage: true } };
const tools = [{ type: 'function', function: { name: 'weather', parameters: {} } }];

/** The chunks of a stream, and whether it was ended as it must. */
function chunksOf(text: string): { chunks: JsonObject[]; isDone: boolean } {
  const data = text
    .split('\n\n')
    .filter((event) => event !== '')
    .map((event) => event.replace(/^data: /, ''));
  const isDone = data.at(-1) === '[DONE]';
  return { isDone, chunks: data.slice(0, isDone ? -1 : undefined).map((item) => JSON.parse(item) as JsonObject) };
}

async function chat(serves: FakeServes, content: string, more: JsonObject = {}) {
  await using fake = await startFakeOllama({ serves });
  const answer = await askFake(fake.url, path, chatBody(content, { ...streamed, ...more }));
  const { chunks, isDone } = chunksOf(answer.text);
  const choices = chunks.flatMap(({ choices: list }) => list as JsonObject[]);
  return { ...answer, chunks, isDone, choices, deltas: choices.map(({ delta }) => delta as JsonObject) };
}

describe('the fake under /v1', () => {
  it('streams as llama-server does: the role first, timings with the usage', async () => {
    const { type, isDone, choices, chunks } = await chat('llama-server', '[think=1] [say one two]');
    expect(type).toBe('text/event-stream');
    expect(isDone).toBe(true);
    expect(choices.map(({ delta, finish_reason: reason }) => [delta, reason])).toEqual([
      [{ role: 'assistant', content: null }, null],
      [{ content: '', reasoning_content: 'hm' }, null],
      [{ content: 'one' }, null],
      [{ content: ' two' }, null],
      [{}, 'stop'],
    ]);
    expect(chunks.at(-1)).toMatchObject({
      choices: [],
      usage: { prompt_tokens: 4, completion_tokens: 3, prompt_tokens_details: { cached_tokens: 2 } },
      timings: { cache_n: 2, prompt_n: 2, predicted_n: 3 },
    });
  });

  it('streams as Ollama does: the role with the first piece, neither timings nor cached tokens', async () => {
    const { isDone, deltas, chunks } = await chat('ollama', '[think=1] [say one]');
    expect(isDone).toBe(true);
    expect(deltas).toEqual([{ role: 'assistant', content: '', reasoning: 'hm' }, { content: 'one' }, {}]);
    expect(chunks.at(-1)).not.toHaveProperty('timings');
    expect(chunks.at(-1)?.usage).toEqual({ prompt_tokens: 3, completion_tokens: 2 });
    expect((await chat('ollama', 'x', { stream_options: {} })).chunks.at(-1)).not.toHaveProperty('usage');
  });

  it('thinks unless it is told not to, in the words that the server reads', async () => {
    const thinks = async (serves: FakeServes, more: JsonObject) =>
      (await chat(serves, '[think=1] [say a]', more)).deltas.some(
        (delta) => 'reasoning' in delta || 'reasoning_content' in delta,
      );
    const off = { chat_template_kwargs: { enable_thinking: false } };
    expect(await thinks('llama-server', {})).toBe(true);
    expect(await thinks('llama-server', off)).toBe(false);
    expect(await thinks('llama-server', { reasoning_effort: 'none' })).toBe(false);
    expect(await thinks('ollama', off)).toBe(true);
    expect(await thinks('ollama', { reasoning_effort: 'none' })).toBe(false);
    expect(await thinks('ollama', { reasoning_effort: 'low' })).toBe(true);
  });

  it('asks for tools in parts as llama-server, at once as Ollama', async () => {
    const content = '[tool weather {"city":"Bern"}]';
    const parts = (await chat('llama-server', content, { tools })).deltas.flatMap(
      ({ tool_calls: calls }) => (calls ?? []) as { function: { arguments: string } }[],
    );
    expect(parts.length).toBeGreaterThan(2);
    expect(parts[0]).toMatchObject({ index: 0, type: 'function', function: { name: 'weather', arguments: '' } });
    expect(parts.map((part) => part.function.arguments).join('')).toBe('{"city":"Bern"}');
    const whole = await chat('ollama', content, { tools });
    expect(whole.deltas[0]).toMatchObject({
      tool_calls: [{ index: 0, function: { name: 'weather', arguments: '{"city":"Bern"}' } }],
    });
    expect(whole.choices.at(-1)?.finish_reason).toBe('tool_calls');
  });

  it('keeps a format, a limit and a stop', async () => {
    const textOf = async (content: string, more: JsonObject) =>
      (await chat('llama-server', content, more)).deltas.map((delta) => delta?.content ?? '').join('');
    expect(JSON.parse(await textOf('x', { response_format: { type: 'json_object' } }))).toEqual({ ok: true });
    const schema = { type: 'object', properties: { a: { type: 'boolean' } }, required: ['a'] };
    const format = { type: 'json_schema', json_schema: { name: 'x', schema } };
    expect(JSON.parse(await textOf('x', { response_format: format }))).toHaveProperty('a');
    expect(await textOf('[say a b c]', { max_tokens: 2 })).toBe('a b');
    expect(await textOf('[say a b c]', { max_completion_tokens: 1 })).toBe('a');
    expect(await textOf('[say a b c]', { stop: [' c'] })).toBe('a b');
    expect((await chat('ollama', '[say a b c]', { max_tokens: 2 })).choices.at(-1)?.finish_reason).toBe('length');
  });

  it('answers whole without stream, and reads parts of a content', async () => {
    await using fake = await startFakeOllama({ serves: 'llama-server' });
    const content = [
      { type: 'text', text: '[say ye' },
      { type: 'text', text: 's]' },
    ];
    const { lines } = await askFake(fake.url, path, { model: 'fake:1b', messages: [{ role: 'user', content }] });
    expect(lines[0]).toMatchObject({
      object: 'chat.completion',
      choices: [{ finish_reason: 'stop', message: { role: 'assistant', content: 'yes' } }],
      usage: { completion_tokens: 1 },
    });
    expect(fake.log[0]).toMatchObject({ text: 'yes', outputTokens: 1, end: 'done' });
  });

  it('completes a prompt without a chat', async () => {
    await using fake = await startFakeOllama();
    const ask = (more: JsonObject) =>
      askFake(fake.url, '/v1/completions', { model: 'fake:1b', prompt: '[say a b]', ...more });
    expect((await ask({})).lines[0]).toMatchObject({ object: 'text_completion', choices: [{ text: 'a b' }] });
    const { chunks, isDone } = chunksOf((await ask(streamed)).text);
    expect(isDone).toBe(true);
    expect(chunks.map(({ choices }) => (choices as JsonObject[])[0]?.text)).toEqual(['a', ' b', '', undefined]);
  });

  it('embeds in the order of the texts', async () => {
    for (const serves of ['ollama', 'llama-server'] as const) {
      await using fake = await startFakeOllama({ serves });
      const ask = (model: string) => askFake(fake.url, '/v1/embeddings', { model, input: ['a', 'b c'] });
      expect((await ask('fake:1b')).lines[0]).toMatchObject({
        data: [{ index: 0 }, { index: 1 }],
        usage: { prompt_tokens: 3, total_tokens: 3 },
      });
      expect((await ask('no')).status).toBe(404);
    }
  });

  it('fails in the words of its server', async () => {
    const errors = async (serves: FakeServes) => {
      await using fake = await startFakeOllama({
        serves,
        contextTokens: 4,
        models: [{ model: 'fake:1b', capabilities: ['completion'] }],
      });
      const ask = async (body: JsonObject | string, at = path) => {
        const { status, lines } = await askFake(fake.url, at, body);
        return [status, lines[0]?.error];
      };
      return {
        missing: await ask(chatBody('x', { model: 'no' })),
        empty: await ask({ model: 'fake:1b', messages: [] }),
        tools: await ask(chatBody('x', { tools })),
        json: await ask('{'),
        long: await ask(chatBody('a b c d e f')),
      };
    };
    expect(await errors('ollama')).toMatchObject({
      missing: [404, { type: 'not_found_error', param: null, code: null }],
      empty: [400, { type: 'invalid_request_error' }],
      tools: [400, { message: '"fake:1b" does not support tools' }],
      json: [400, { type: 'invalid_request_error' }],
      long: [200, undefined],
    });
    expect(await errors('llama-server')).toMatchObject({
      missing: [404, { code: 404, type: 'not_found_error' }],
      json: [400, { code: 400 }],
      long: [400, { code: 400, type: 'exceed_context_size_error' }],
    });
  });

  it('has the routes of its server alone', async () => {
    const statuses = async (serves: FakeServes) => {
      await using fake = await startFakeOllama({ serves });
      const paths = ['/health', '/v1/models', '/api/tags'];
      return await Promise.all(paths.map(async (at) => (await askFake(fake.url, at)).status));
    };
    expect(await statuses('ollama')).toEqual([404, 200, 200]);
    expect(await statuses('llama-server')).toEqual([200, 200, 404]);
  });

  it('loads its models when it starts as llama-server, and again after a restart', async () => {
    const clock = manualClock();
    await using fake = await startFakeOllama({
      serves: 'llama-server',
      timing: { loadMs: 5_000 },
      clock: { ...clock, monotonicMs: clock.now },
    });
    const look = async () => {
      const [health, models, answer] = await Promise.all([
        askFake(fake.url, '/health'),
        askFake(fake.url, '/v1/models'),
        askFake(fake.url, path, chatBody('x')),
      ]);
      const [model] = (models.lines[0]?.data ?? []) as JsonObject[];
      return [health.status, model?.meta !== null, answer.status];
    };
    expect(await look()).toEqual([503, false, 503]);
    await clock.advance(5_000);
    expect(await look()).toEqual([200, true, 200]);
    await fake.restart();
    expect(await look()).toEqual([503, false, 503]);
    await clock.advance(5_000);
    await fake.set({ kind: 'slow-load', delayMs: 100 });
    expect(await look()).toEqual([503, false, 503]);
    await clock.advance(100);
    expect(await look()).toEqual([200, true, 200]);
    await fake.set({ kind: 'load-stall' });
    expect(await look()).toEqual([503, false, 503]);
  });

  it('swallows what its model says when it fails, as Ollama', async () => {
    await using fake = await startFakeOllama();
    await fake.set({ kind: 'error-line', after: 1 });
    const { chunks, isDone } = chunksOf((await askFake(fake.url, path, chatBody('[say a b]', streamed))).text);
    expect(isDone).toBe(false);
    expect(chunks.at(-1)).toMatchObject({ model: '', choices: [{ delta: { content: '' }, finish_reason: null }] });
  });

  it('is had from the command line', async () => {
    await using running = await runFakeCommand(['--serves', 'llama-server'], () => {});
    expect((await askFake(running.fake.url, '/health')).lines).toEqual([{ status: 'ok' }]);
    await expect(runFakeCommand(['--serves', 'nothing'], () => {})).rejects.toThrow(/tale-fake-ollama/);
  });
});
