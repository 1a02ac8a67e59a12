import { manualClock } from '@tale/test-kit';
import { describe, expect, it } from 'vitest';
import { createOpenAiBackend } from '../../../src/backends/openai/backend.js';
import { type FakeOllamaOptions, startFakeOllama } from '../../../src/testing/index.js';
import { collect, json, never, parts, profile, serve, textRequest } from '../../setup/openai-server.js';

async function open(options: FakeOllamaOptions = {}, apiKey?: string, path = '/v1') {
  const fake = await startFakeOllama({
    serves: 'llama-server',
    models: [{ model: 'small:1b', bytes: 700_000_000 }, { model: 'large:8b' }],
    contextTokens: 8192,
    ...options,
  });
  const backend = createOpenAiBackend({ kind: 'openai', url: fake.url + path, apiKey }, parts);
  return {
    fake,
    backend,
    async [Symbol.asyncDispose]() {
      await backend.close();
      await fake.close();
    },
  };
}

describe('the openai backend', () => {
  it('lists models with what their server knows of them, and all of them are in memory', async () => {
    await using opened = await open();
    const { backend } = opened;
    expect(backend.traits).toEqual({ residency: 'fixed', isLocal: true, canPull: false, isProbed: true });
    const [model] = await backend.list(never());
    expect(model).toEqual({
      model: 'small:1b',
      digest: null,
      bytes: 700_000_000,
      capabilities: null,
      kvBytesPerToken: null,
      contextTokens: 32_768,
    });
    expect(await backend.describe(model!, never())).toEqual(model);
    expect(await backend.loaded(never())).toMatchObject([
      { model: 'small:1b', bytes: 700_000_000, contextTokens: 8192, expiresAtMs: null },
      { model: 'large:8b' },
    ]);
    expect(await backend.version(never())).toEqual({ version: '', engine: 'llamacpp' });
  });

  it('a server that has no health is asked for its models', async () => {
    await using opened = await open({ serves: 'ollama' });
    expect(await opened.backend.version(never())).toEqual({ version: '', engine: 'library' });
    expect(opened.fake.log.map(({ path }) => path)).toEqual(['/health', '/v1/models']);
  });

  it('a server that loads answers, has nothing in memory, and a load waits for it', async () => {
    const clock = manualClock();
    await using opened = await open({ timing: { loadMs: 60_000 }, clock: { ...clock, monotonicMs: clock.now } });
    const { fake, backend } = opened;
    expect(await backend.version(never())).toMatchObject({ version: '' });
    expect(await backend.loaded(never())).toEqual([]);
    expect(await backend.list(never())).toHaveLength(2);
    await expect(backend.stream(textRequest(), collect().sink)).rejects.toMatchObject({
      code: 'overloaded',
      retryable: true,
      details: { status: 503, names: ['unavailable_error'] },
    });
    const loaded = backend.load(profile, never());
    while (fake.log.filter(({ path }) => path === '/health').length < 3) await new Promise(setImmediate);
    await clock.advance(60_000);
    await loaded;
    expect(await backend.loaded(never())).toHaveLength(2);
  });

  it('the signal ends a load that waits', async () => {
    await using opened = await open();
    await opened.fake.set({ kind: 'load-stall' });
    const controller = new AbortController();
    const loaded = opened.backend.load(profile, controller.signal);
    while (opened.fake.log.length === 0) await new Promise(setImmediate);
    const reason = new Error('mine');
    controller.abort(reason);
    await expect(loaded).rejects.toBe(reason);
  });

  it('a model that the server does not serve is missing, and nothing can be fetched or deleted', async () => {
    await using opened = await open();
    const { backend } = opened;
    await expect(backend.load({ ...profile, model: 'no:1b' }, never())).rejects.toMatchObject({
      code: 'model-missing',
      model: 'no:1b',
    });
    await backend.load(profile, never());
    await backend.unload('small:1b', never());
    expect(await backend.loaded(never())).toHaveLength(2);
    await expect(backend.pull('x', never(), () => {})).rejects.toMatchObject({ code: 'capability-missing' });
  });

  it('streams text with the counts and times of llama-server', async () => {
    await using opened = await open({ timing: { prefillMsPerToken: 1 } });
    const { sink, seen } = collect();
    const end = await opened.backend.stream(textRequest(), sink);
    expect(seen).toHaveLength(3);
    expect(seen.join('')).toBe(opened.fake.log.at(-1)?.text);
    expect(sink.counts).toEqual({
      inputTokens: 2,
      outputTokens: 3,
      cacheReadTokens: 1,
      cacheWriteTokens: null,
      reasoningTokens: null,
    });
    expect(end).toMatchObject({ finishReason: 'stop', times: { loadMs: 0 } });
    expect(end.times?.totalMs).toBeGreaterThan(0);
  });

  it('thinking comes apart from the text, whatever its name on the wire', async () => {
    for (const serves of ['llama-server', 'ollama'] as const) {
      await using opened = await open({ serves });
      const { sink, seen } = collect();
      const messages = [{ role: 'user', content: '[think=2] [say yes]' }] as const;
      await opened.backend.stream(textRequest({ messages, think: true }), sink);
      expect(seen, serves).toEqual(['~hm', '~ hm', 'yes']);
      const quiet = collect();
      await opened.backend.stream(textRequest({ messages }), quiet.sink);
      expect(quiet.seen, serves).toEqual(['yes']);
    }
  });

  it('tool calls arrive whole, in parts from llama-server and at once from Ollama', async () => {
    const tools = [{ name: 'weather', parameters: { type: 'object' } }];
    const content = 'x [tool weather {"city":"Zürich","days":[1,2]}] [tool weather {"city":"Bern"}]';
    for (const serves of ['llama-server', 'ollama'] as const) {
      await using opened = await open({ serves });
      const { sink, toolCalls } = collect();
      const end = await opened.backend.stream(textRequest({ messages: [{ role: 'user', content }], tools }), sink);
      expect(end.finishReason, serves).toBe('tool-calls');
      expect(toolCalls, serves).toEqual([
        { id: expect.stringMatching(/^call_/), name: 'weather', arguments: { city: 'Zürich', days: [1, 2] } },
        { id: expect.stringMatching(/^call_/), name: 'weather', arguments: { city: 'Bern' } },
      ]);
    }
  });

  it('a prompt is sent as a chat, with the system prompt and the format', async () => {
    await using opened = await open();
    const { sink, seen } = collect();
    await opened.backend.stream(textRequest({ messages: null, prompt: 'p', system: 's', format: 'json' }), sink);
    expect(JSON.parse(seen.join(''))).toEqual({ ok: true });
    expect(opened.fake.log.at(-1)).toMatchObject({
      path: '/v1/chat/completions',
      body: {
        messages: [
          { role: 'system', content: 's' },
          { role: 'user', content: 'p' },
        ],
        response_format: { type: 'json_object' },
      },
    });
  });

  it('embeds', async () => {
    await using opened = await open();
    const { embeddings, inputTokens } = await opened.backend.embed(profile, ['one two', 'three'], never());
    expect(embeddings.map((vector) => vector.length)).toEqual([8, 8]);
    expect(inputTokens).toBe(3);
    expect(opened.fake.log.at(-1)?.body).toEqual({
      model: 'small:1b',
      input: ['one two', 'three'],
      encoding_format: 'float',
    });
  });

  it('decides where the server can, and says once that it cannot', async () => {
    const questions = { isTask: { type: 'noul', instructions: 'Is it a task?' } } as const;
    const call = { profile, state: 'do it', questions, signal: never() };
    await using opened = await open();
    expect(await opened.backend.decide(call)).toMatchObject({ answers: { isTask: { type: 'noul', noul: 0.9 } } });
    await using without = await open({ serves: 'ollama' });
    for (let count = 0; count < 2; count += 1)
      await expect(without.backend.decide(call)).rejects.toMatchObject({ code: 'capability-missing' });
    expect(without.fake.log.filter(({ path }) => path === '/v1/systemone')).toHaveLength(1);
    await using missing = await open();
    await expect(missing.backend.decide({ ...call, profile: { ...profile, model: 'no:1b' } })).rejects.toMatchObject({
      code: 'model-missing',
    });
  });

  it('a server that answers 200 for a route that it does not have has no such route', async () => {
    let asked = 0;
    await using served = await serve((request, _, response) => {
      asked += 1;
      if (request.url === '/v1/models') json(response, 200, { data: [{ id: 'm' }] });
      else json(response, 200, { error: `Unexpected endpoint or method. (${request.method} ${request.url})` });
    });
    expect(await served.backend.version(never())).toEqual({ version: '', engine: null });
    expect(asked).toBe(2);
    const questions = { q: { type: 'noul', instructions: '?' } } as const;
    await expect(served.backend.decide({ profile, state: 'x', questions, signal: never() })).rejects.toMatchObject({
      code: 'capability-missing',
    });
  });

  it('failures of all calls are typed', async () => {
    await using opened = await open();
    const { fake, backend } = opened;
    for (const [kind, code] of [
      ['status-401', 'configuration'],
      ['status-500', 'load-failed'],
      ['html', 'configuration'],
      ['reset', 'backend-down'],
    ] as const) {
      await fake.set({ kind, path: '/v1/models' }, { kind, path: '/v1/embeddings' });
      await expect(backend.loaded(never()), kind).rejects.toMatchObject({ code });
      await expect(backend.embed(profile, ['x'], never()), kind).rejects.toMatchObject({ code });
    }
    await fake.set({ kind: 'status-500', path: '/health' });
    await expect(backend.version(never())).rejects.toMatchObject({ code: 'load-failed' });
    await fake.set({ kind: 'status-401', path: '/health' });
    expect(await backend.version(never())).toMatchObject({ version: '' });
    await fake.set({ kind: 'refuse' });
    await expect(backend.version(never())).rejects.toMatchObject({ code: 'backend-down' });
    await expect(backend.load(profile, never())).rejects.toMatchObject({
      code: 'backend-down',
      retryable: true,
      details: { refused: true },
    });
  });

  it('the key is sent with every request, and a missing one is a matter of configuration', async () => {
    await using opened = await open({ token: 'secret' }, 'secret');
    await opened.backend.version(never());
    await opened.backend.loaded(never());
    await opened.backend.stream(textRequest(), collect().sink);
    expect(new Set(opened.fake.log.map(({ authorization }) => authorization))).toEqual(new Set(['Bearer secret']));
    await using without = await open({ token: 'secret' });
    await expect(without.backend.loaded(never())).rejects.toMatchObject({ code: 'configuration', retryable: false });
    await expect(without.backend.stream(textRequest(), collect().sink)).rejects.toMatchObject({
      code: 'configuration',
      details: { names: ['authentication_error'] },
    });
  });

  it('a gateway that repeats the key does not get it into an error', async () => {
    const key = 'sk-0123456789abcdef';
    await using served = await serve(
      ({ headers }, _, response) => json(response, 401, { error: headers.authorization }),
      key,
    );
    const { backend } = served;
    const failed = [
      backend.loaded(never()),
      backend.embed(profile, ['x'], never()),
      backend.stream(textRequest(), collect().sink),
    ];
    for (const call of failed)
      await expect(call).rejects.toMatchObject({
        code: 'configuration',
        message: 'Bearer [key]',
        details: { status: 401 },
      });
    await using dummy = await serve(
      ({ headers }, _, response) => json(response, 401, { error: headers.authorization }),
      'status',
    );
    await expect(dummy.backend.loaded(never())).rejects.toMatchObject({
      message: 'Bearer status',
      details: { status: 401 },
    });
  });

  it('the address is read with and without a version', async () => {
    for (const path of ['', '/', '/v1', '/v1/']) {
      await using opened = await open({}, undefined, path);
      expect(await opened.backend.list(never()), path).toHaveLength(2);
      await opened.backend.version(never());
      expect(opened.fake.log.map((entry) => entry.path)).toEqual(['/v1/models', '/health']);
    }
    expect(() => createOpenAiBackend({ kind: 'openai', url: 'ftp://x' }, parts)).toThrow(
      expect.objectContaining({ code: 'configuration' }),
    );
  });

  it('a prompt beyond the context is refused by its name', async () => {
    await using opened = await open({ contextTokens: 5 });
    await expect(
      opened.backend.stream(textRequest({ messages: [{ role: 'user', content: 'a b c d e f g' }] }), collect().sink),
    ).rejects.toMatchObject({ code: 'context-too-long', details: { names: ['exceed_context_size_error'] } });
  });
});
