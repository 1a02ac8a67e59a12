import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { manualClock } from '@tale/test-kit';
import { ProxyAgent } from 'undici';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createAnthropicBackend } from '../../../src/backends/anthropic/backend.js';
import type { AnthropicBackendOptions } from '../../../src/backends/anthropic/options.js';
import type { Backend } from '../../../src/backends/backend.js';
import { poolError } from '../../../src/calls/call-error.js';
import { silentLogger, systemClock } from '../../../src/system.js';
import { type FakeAnthropic, startFakeAnthropic } from '../../../src/testing/index.js';
import { claudeProfile, claudeRequest, recordingSink } from '../../setup/anthropic-request.js';

const key = 'sk-ant-api03-test';

interface Opened extends AsyncDisposable {
  readonly fake: FakeAnthropic;
  readonly backend: Backend;
}

const parts = {
  name: 'claude',
  clock: systemClock,
  connectMs: 1_000,
  logger: silentLogger,
  models: ['claude-opus-5-5'],
};

async function open(options: Partial<AnthropicBackendOptions> = {}): Promise<Opened> {
  const fake = await startFakeAnthropic({ apiKey: key });
  const backend = createAnthropicBackend({ apiKey: key, baseUrl: fake.url, ...options }, parts);
  return {
    fake,
    backend,
    async [Symbol.asyncDispose]() {
      await backend.close();
      await fake.close();
    },
  };
}

afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

describe('an answer', () => {
  it('comes piece by piece and ends with the counts of the API', async () => {
    await using opened = await open();
    const sink = recordingSink();
    const end = await opened.backend.stream(claudeRequest('please [say one two three]'), sink);
    expect(end).toEqual({ finishReason: 'stop', times: null });
    expect(sink.pieces).toEqual([
      ['text', 'one'],
      ['text', ' two'],
      ['text', ' three'],
    ]);
    expect(sink.starts).toBe(1);
    expect(sink.counts).toEqual({
      inputTokens: 5,
      outputTokens: 3,
      cacheReadTokens: 0,
      cacheWriteTokens: 0,
      reasoningTokens: 0,
    });
  });

  it('thinking comes apart and is counted apart', async () => {
    await using opened = await open();
    const sink = recordingSink();
    await opened.backend.stream(claudeRequest('[think=2] [say yes]', { think: true }), sink);
    expect(sink.pieces).toEqual([
      ['thinking', 'hm'],
      ['thinking', ' hm'],
      ['text', 'yes'],
    ]);
    expect(sink.counts).toMatchObject({ outputTokens: 3, reasoningTokens: 2 });
  });

  it('what is read from the cache and written to it is part of the prompt', async () => {
    await using opened = await open();
    const system = 'word '.repeat(1_000);
    const counts = [];
    for (const _ of [1, 2]) {
      const sink = recordingSink();
      await opened.backend.stream(claudeRequest('one two', { system }), sink);
      counts.push(sink.counts);
    }
    expect(counts).toMatchObject([
      { inputTokens: 1_002, cacheWriteTokens: 1_000, cacheReadTokens: 0 },
      { inputTokens: 1_002, cacheWriteTokens: 0, cacheReadTokens: 1_000 },
    ]);
  });

  it('the cache can be switched off', async () => {
    await using opened = await open({ cache: false });
    const sink = recordingSink();
    await opened.backend.stream(claudeRequest('x', { system: 'word '.repeat(1_000) }), sink);
    expect(sink.counts).toMatchObject({ inputTokens: 1_001, cacheWriteTokens: 0, cacheReadTokens: 0 });
  });

  it('tools are called whole, each with its id', async () => {
    await using opened = await open();
    const tools = [{ name: 'look', parameters: {} }];
    const sink = recordingSink();
    const end = await opened.backend.stream(
      claudeRequest('[call look {"at":"the moon"}] [call look {"at":"the sun"}]', { tools }),
      sink,
    );
    expect(end.finishReason).toBe('tool-calls');
    expect(sink.calls).toEqual([
      { id: 'toolu_fake_0', name: 'look', arguments: { at: 'the moon' } },
      { id: 'toolu_fake_1', name: 'look', arguments: { at: 'the sun' } },
    ]);
    expect(sink.text).toBe('');
  });

  it('a call that the limit cuts off is not made', async () => {
    await using opened = await open();
    const tools = [{ name: 'look', parameters: {} }];
    for (const maxOutputTokens of [1, 3]) {
      const sink = recordingSink();
      const request = claudeRequest('[call look {"at":"the moon"}]', { tools, maxOutputTokens });
      expect(await opened.backend.stream(request, sink)).toMatchObject({ finishReason: 'length' });
      expect(sink.calls).toEqual([]);
    }
  });

  it('a schema is kept', async () => {
    await using opened = await open();
    const sink = recordingSink();
    const format = { type: 'object', properties: { ok: { type: 'boolean' } }, required: ['ok'] };
    await opened.backend.stream(claudeRequest('x', { format }), sink);
    expect(JSON.parse(sink.text)).toEqual({ ok: true });
  });

  it.each([
    ['[say one two three]', 2, 'length'],
    ['[overflow]', 4_000, 'length'],
    ['[pause]', 4_000, 'stop'],
  ])('%s with %s tokens ends with %s', async (content, maxOutputTokens, finishReason) => {
    await using opened = await open();
    const end = await opened.backend.stream(claudeRequest(content, { maxOutputTokens }), recordingSink());
    expect(end.finishReason).toBe(finishReason);
  });

  it('a refusal of the model is a rejected call', async () => {
    await using opened = await open();
    const stream = opened.backend.stream(claudeRequest('[refuse]'), recordingSink());
    await expect(stream).rejects.toMatchObject({
      code: 'rejected',
      retryable: false,
      details: { reason: 'refusal', category: 'cyber' },
    });
  });

  it('a slow reader slows the reading down and is no stall', async () => {
    const clock = manualClock();
    await using fake = await startFakeAnthropic({ apiKey: key });
    const own = { ...parts, clock: { ...clock, monotonicMs: clock.now } };
    const backend = createAnthropicBackend({ apiKey: key, baseUrl: fake.url }, own);
    let isFree = true;
    const sink = recordingSink(async () => {
      expect(isFree).toBe(true);
      isFree = false;
      await new Promise(setImmediate);
      await clock.advance(1_000); // ten times what would be a stall of the server
      isFree = true;
    });
    await backend.stream(claudeRequest('[tokens=8]', { stallMs: 100 }), sink);
    expect(sink.pieces).toHaveLength(8);
    await backend.close();
  });

  it('answers that come one after the other share connections', async () => {
    await using opened = await open();
    const seen = new Set<unknown>();
    for (const _ of Array.from({ length: 8 })) {
      await opened.backend.stream(claudeRequest('[say x]'), recordingSink());
      seen.add(opened.fake.log.at(-1)?.clientPort);
    }
    expect(seen.size).toBeLessThanOrEqual(2); // one is not free yet in the moment its answer ends
  });
});

describe('a request', () => {
  it('is made of what the API needs and nothing of the machine', async () => {
    await using opened = await open();
    await opened.backend.stream(claudeRequest('x'), recordingSink());
    const [entry] = opened.fake.log;
    expect(entry).toMatchObject({ method: 'POST', path: '/v1/messages' });
    const { host, 'content-length': _length, ...headers } = entry?.headers ?? {};
    expect(host).toBe(new URL(opened.fake.url).host);
    expect(headers).toEqual({
      accept: 'text/event-stream',
      'accept-encoding': 'identity',
      'accept-language': '*',
      'anthropic-version': '2026-10-21',
      authorization: `Bearer ${key}`,
      connection: 'keep-alive',
      'content-type': 'application/json',
      'sec-fetch-mode': 'cors',
      'user-agent': 'tale-model-pool',
    });
  });

  it('takes nothing from the environment', async () => {
    await using opened = await open();
    await opened.backend.stream(claudeRequest('x'), recordingSink());
    vi.stubEnv('ANTHROPIC_API_KEY', 'sk-from-environment');
    vi.stubEnv('ANTHROPIC_AUTH_TOKEN', 'token-from-environment');
    vi.stubEnv('ANTHROPIC_BASE_URL', 'http://127.0.0.1:9');
    vi.stubEnv('ANTHROPIC_CUSTOM_HEADERS', 'x-more: 1\nauthorization: Bearer y\nanthropic-beta: z\nuser-agent: w');
    vi.stubEnv('ANTHROPIC_LOG', 'debug');
    vi.stubEnv('ANTHROPIC_PROFILE', 'nobody');
    vi.stubEnv('HTTP_PROXY', 'http://127.0.0.1:9');
    vi.stubEnv('http_proxy', 'http://127.0.0.1:9');
    const written = (['log', 'info', 'warn', 'error', 'debug'] as const).map((method) =>
      vi.spyOn(console, method).mockImplementation(() => {}),
    );
    await opened.backend.stream(claudeRequest('x'), recordingSink());
    const [first, second] = opened.fake.log;
    expect(second?.headers).toEqual(first?.headers);
    expect(second?.body).toEqual(first?.body);
    for (const spy of written) expect(spy).not.toHaveBeenCalled();
  });

  it('writes nothing to the console, also for a model that is on its way out and for a failure', async () => {
    await using opened = await open();
    const written = (['log', 'info', 'warn', 'error', 'debug'] as const).map((method) =>
      vi.spyOn(console, method).mockImplementation(() => {}),
    );
    for (const model of ['claude-3-7-sonnet-latest', 'claude-opus-4-0', 'claude-opus-4-6'])
      await opened.backend.stream(claudeRequest('x', { think: true }, model), recordingSink());
    await opened.fake.set({ kind: 'bad-event' });
    await expect(opened.backend.stream(claudeRequest('x'), recordingSink())).rejects.toThrow();
    for (const spy of written) expect(spy).not.toHaveBeenCalled();
  });

  it('asks for the key before each request', async () => {
    const keys = [key, key, 'sk-ant-old'];
    await using opened = await open({ apiKey: () => Promise.resolve(keys.shift() ?? '') });
    for (const _ of [1, 2]) await opened.backend.stream(claudeRequest('x'), recordingSink());
    await expect(opened.backend.stream(claudeRequest('x'), recordingSink())).rejects.toMatchObject({
      code: 'configuration',
      details: { status: 401 },
    });
    expect(opened.fake.log.map(({ authorization }) => authorization)).toEqual([
      `Bearer ${key}`,
      `Bearer ${key}`,
      'Bearer sk-ant-old',
    ]);
  });

  it.each([
    ['an empty key', ''],
    ['a key with a line end', `${key}\n`],
    ['a key with a letter that no header holds', `${key}é`],
    ['no key at all', undefined as unknown as string],
    ['a function without a key', () => undefined as unknown as string],
    ['a function that fails', () => Promise.reject(new Error(`cannot read ${key}`))],
  ])('%s is a mistake of the configuration, told without the key', async (_what, apiKey) => {
    await using opened = await open({ apiKey });
    const error = await opened.backend.stream(claudeRequest('x'), recordingSink()).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'configuration', retryable: false });
    expect((error as Error).cause).toBeUndefined();
    expect(String(error) + JSON.stringify(error)).not.toContain(key);
    expect(opened.fake.log).toEqual([]);
  });

  it('goes to a path below the base where one is given', async () => {
    const paths: string[] = [];
    const server = createServer((request, response) => {
      paths.push(request.url ?? '');
      response.writeHead(404).end();
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    await using opened = await open({ baseUrl: `http://127.0.0.1:${port}/claude/` });
    await expect(opened.backend.stream(claudeRequest('x'), recordingSink())).rejects.toMatchObject({
      code: 'configuration',
    });
    expect(paths).toEqual(['/claude/v1/messages']);
    server.close();
    server.closeAllConnections();
  });

  it('goes through a proxy that it is given, which stays open', async () => {
    const proxy = createServer();
    let tunnels = 0;
    proxy.on('connect', (request, socket) => {
      tunnels += 1;
      const [host, port] = (request.url ?? '').split(':');
      const upstream = connect(Number(port), host, () => {
        socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
        upstream.pipe(socket);
        socket.pipe(upstream);
      });
      upstream.on('error', () => socket.destroy());
      socket.on('error', () => upstream.destroy());
    });
    proxy.listen(0, '127.0.0.1');
    await once(proxy, 'listening');
    const dispatcher = new ProxyAgent({
      uri: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
      proxyTunnel: true,
    });
    for (const words of ['hello', 'again']) {
      await using opened = await open({ dispatcher });
      const sink = recordingSink();
      await opened.backend.stream(claudeRequest(`[say ${words}]`), sink);
      expect(sink.text).toBe(words);
    }
    expect(tunnels).toBe(2);
    await dispatcher.close();
    proxy.close();
    proxy.closeAllConnections();
  });
});

/** Waits for something that only the server sees. */
async function eventually(check: () => boolean): Promise<void> {
  for (let count = 0; count < 400 && !check(); count += 1) await sleep(5);
  expect(check()).toBe(true);
}

describe('an abort', () => {
  it('in the middle of an answer closes the socket at once', async () => {
    await using opened = await open();
    const controller = new AbortController();
    const reason = poolError('aborted', 'enough');
    let abortedMs = 0;
    const sink = recordingSink();
    const stream = opened.backend.stream(claudeRequest('[tokens=1000] [rate=50]', { signal: controller.signal }), {
      ...sink,
      piece: (kind, text) => {
        if (sink.pieces.length === 2) {
          abortedMs = performance.now();
          controller.abort(reason);
        }
        return sink.piece(kind, text);
      },
    });
    await expect(stream).rejects.toBe(reason);
    const settledMs = performance.now() - abortedMs;
    await eventually(() => opened.fake.log[0]?.end === 'aborted');
    expect(settledMs).toBeLessThan(1_000);
    expect(sink.counts).toMatchObject({ inputTokens: 2, outputTokens: null });
  });

  it('before the answer begins closes the socket', async () => {
    await using opened = await open();
    await opened.fake.set({ kind: 'silent' });
    const controller = new AbortController();
    const reason = poolError('aborted', 'enough');
    const stream = opened.backend.stream(claudeRequest('x', { signal: controller.signal }), recordingSink());
    const settled = expect(stream).rejects.toBe(reason);
    await eventually(() => opened.fake.log.length === 1);
    controller.abort(reason);
    await settled;
    await eventually(() => opened.fake.log[0]?.isGone === true);
  });

  it('before the request keeps it from being sent', async () => {
    await using opened = await open();
    const reason = poolError('aborted', 'enough');
    const signal = AbortSignal.abort(reason);
    await expect(opened.backend.stream(claudeRequest('x', { signal }), recordingSink())).rejects.toBe(reason);
    expect(opened.fake.log).toEqual([]);
  });

  it('while the key is looked for ends the waiting', async () => {
    const controller = new AbortController();
    await using opened = await open({ apiKey: () => new Promise<string>(() => {}) });
    const stream = opened.backend.stream(claudeRequest('x', { signal: controller.signal }), recordingSink());
    const reason = poolError('aborted', 'enough');
    controller.abort(reason);
    await expect(stream).rejects.toBe(reason);
  });

  it('leaves no listener behind, nor does an answer', async () => {
    await using opened = await open();
    const { signal } = new AbortController();
    const added = vi.spyOn(signal, 'addEventListener');
    const removed = vi.spyOn(signal, 'removeEventListener');
    for (const _ of [1, 2, 3]) await opened.backend.stream(claudeRequest('x', { signal }), recordingSink());
    expect(added.mock.calls.length).toBeGreaterThan(0);
    for (const [, listener] of added.mock.calls)
      expect(removed.mock.calls.some(([, other]) => other === listener)).toBe(true);
  });
});

describe('silence', () => {
  it('before the answer begins is ended by the smaller limit', async () => {
    for (const [timeoutMs, firstTokenMs, expectedMs] of [
      [120, 5_000, 120],
      [5_000, 80, 80],
    ] as const) {
      await using opened = await open({ timeoutMs });
      await opened.fake.set({ kind: 'silent' });
      const stream = opened.backend.stream(claudeRequest('x', { firstTokenMs }), recordingSink());
      await expect(stream).rejects.toMatchObject({
        code: 'first-token-timeout',
        details: { firstTokenMs: expectedMs },
      });
      await eventually(() => opened.fake.log[0]?.isGone === true);
    }
  });

  it('in the middle of an answer as well', async () => {
    for (const [timeoutMs, stallMs, expectedMs] of [
      [120, 5_000, 120],
      [5_000, 80, 80],
    ] as const) {
      await using opened = await open({ timeoutMs });
      await opened.fake.set({ kind: 'stall' });
      const stream = opened.backend.stream(claudeRequest('x', { stallMs }), recordingSink());
      await expect(stream).rejects.toMatchObject({ code: 'stalled', details: { stallMs: expectedMs } });
      await eventually(() => opened.fake.log[0]?.isGone === true);
    }
  });

  it('a sign of life is none', async () => {
    await using opened = await open({ timeoutMs: 600 });
    await opened.fake.set({ kind: 'pings', delayMs: 80 });
    const sink = recordingSink();
    await opened.backend.stream(claudeRequest('[say at last]'), sink);
    expect(sink.text).toBe('at last');
  });
});

describe('the SDK', () => {
  const missing = Object.assign(new Error('Cannot find package'), { code: 'ERR_MODULE_NOT_FOUND' });

  it('that is not installed is a mistake of the configuration that says what to type', async () => {
    const backend = createAnthropicBackend({ apiKey: key }, parts, () => Promise.reject(missing));
    await expect(backend.stream(claudeRequest('x'), recordingSink())).rejects.toMatchObject({
      code: 'configuration',
      retryable: false,
      message: expect.stringContaining('npm install @anthropic-ai/sdk'),
      details: { package: '@anthropic-ai/sdk' },
      cause: missing,
    });
    await backend.close();
  });

  it('that cannot be loaded is one too', async () => {
    const backend = createAnthropicBackend({ apiKey: key }, parts, () => Promise.reject(new SyntaxError('x')));
    await expect(backend.stream(claudeRequest('x'), recordingSink())).rejects.toMatchObject({ code: 'configuration' });
    await backend.close();
  });

  it('is loaded once, with the first request, and looked for again where it was missing', async () => {
    await using opened = await open();
    let loads = 0;
    const backend = createAnthropicBackend({ apiKey: key, baseUrl: opened.fake.url }, parts, () => {
      loads += 1;
      return loads === 1 ? Promise.reject(missing) : import('@anthropic-ai/sdk');
    });
    await backend.version(new AbortController().signal);
    expect(loads).toBe(0);
    await expect(backend.stream(claudeRequest('x'), recordingSink())).rejects.toMatchObject({ code: 'configuration' });
    for (const _ of [1, 2]) await backend.stream(claudeRequest('x'), recordingSink());
    expect(loads).toBe(2);
    await backend.close();
  });
});

describe('the backend', () => {
  const signal = new AbortController().signal;

  it('says what it is without a request', async () => {
    await using opened = await open();
    const { backend, fake } = opened;
    expect(backend).toMatchObject({
      name: 'claude',
      kind: 'anthropic',
      url: fake.url,
      device: null,
      traits: { residency: 'fixed', isLocal: false, canPull: false, isProbed: false },
    });
    expect(await backend.version(signal)).toEqual({ version: '2026-10-21', engine: 'claude' });
    expect(await backend.list(signal)).toEqual([
      {
        model: 'claude-opus-5-5',
        digest: null,
        bytes: 0,
        capabilities: ['completion', 'tools', 'thinking'],
        kvBytesPerToken: null,
        contextTokens: 1_000_000,
      },
    ]);
    expect(await backend.loaded(signal)).toEqual([
      { model: 'claude-opus-5-5', digest: null, bytes: 0, contextTokens: 1_000_000, expiresAtMs: null },
    ]);
    await backend.load(claudeProfile('claude-opus-5-5'), signal);
    await backend.unload('claude-opus-5-5', signal);
    expect(fake.log).toEqual([]);
  });

  it('lists the models that it is given, and describes any', async () => {
    await using opened = await open({ models: ['claude-haiku-4-5', 'mine'] });
    const list = await opened.backend.list(signal);
    expect(list.map(({ model, contextTokens }) => [model, contextTokens])).toEqual([
      ['claude-haiku-4-5', 200_000],
      ['mine', 200_000],
    ]);
    const [first] = list;
    expect(
      await opened.backend.describe({ ...first!, model: 'claude-sonnet-5-5', contextTokens: null }, signal),
    ).toMatchObject({
      model: 'claude-sonnet-5-5',
      contextTokens: 1_000_000,
    });
  });

  it('what the API cannot do is a missing capability', async () => {
    await using opened = await open();
    const { backend } = opened;
    const profile = claudeProfile('claude-opus-5-5');
    for (const attempt of [
      backend.embed(profile, ['x'], signal),
      backend.pull('x', signal, () => {}),
      backend.decide({ profile, state: 'x', questions: {}, signal }),
    ])
      await expect(attempt).rejects.toMatchObject({ code: 'capability-missing', retryable: false });
  });

  it.each([{ baseUrl: 'api.anthropic.com' }, { timeoutMs: 0 }, { timeoutMs: Number.NaN }])(
    '%j is a mistake of the configuration',
    (options) => {
      expect(() => createAnthropicBackend({ apiKey: key, ...options }, parts)).toThrow(
        expect.objectContaining({ code: 'configuration' }),
      );
    },
  );

  it('closing ends what runs, and may be done twice', async () => {
    await using opened = await open();
    const stream = opened.backend.stream(claudeRequest('[tokens=1000] [rate=50]'), recordingSink());
    const settled = expect(stream).rejects.toMatchObject({ code: 'aborted', retryable: true });
    await eventually(() => opened.fake.log.length === 1);
    await opened.backend.close();
    await opened.backend.close();
    await settled;
    await eventually(() => opened.fake.log[0]?.isGone === true);
    await expect(opened.backend.stream(claudeRequest('x'), recordingSink())).rejects.toMatchObject({ code: 'aborted' });
  });
});
