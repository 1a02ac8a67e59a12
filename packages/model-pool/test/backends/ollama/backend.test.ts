import { until } from '@tale/test-kit';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createOllamaBackend } from '../../../src/backends/ollama/backend.js';
import { createModelPool } from '../../../src/index.js';
import { silentLogger, systemClock } from '../../../src/system.js';
import { type FakeOllamaOptions, startFakeOllama } from '../../../src/testing/index.js';
import { poolOptions, smallAndLarge } from '../../setup/open-pool.js';
import { startPathProxy } from '../../setup/path-proxy.js';

const parts = { name: 'fake', clock: systemClock, connectMs: 1_000, logger: silentLogger };

async function open(options: FakeOllamaOptions = {}, token?: string) {
  const fake = await startFakeOllama({
    models: [{ model: 'small:1b' }, { model: 'vectors:1b', capabilities: ['embedding'] }],
    ...options,
  });
  const backend = createOllamaBackend({ kind: 'ollama', url: fake.url, token }, parts);
  return {
    fake,
    backend,
    async [Symbol.asyncDispose]() {
      await backend.close();
      await fake.close();
    },
  };
}

const never = () => new AbortController().signal;
const profile = {
  model: 'small:1b',
  contextTokens: 2048,
  maxOutputTokens: 2048,
  think: false,
  slots: 1,
  isEmbedder: false,
  runner: { num_ctx: 2048 },
  keepAlive: -1,
};

const quiet = vi.fn();
beforeAll(() => {
  for (const method of ['log', 'warn', 'error'] as const) vi.spyOn(console, method).mockImplementation(quiet);
});
afterAll(() => {
  expect(quiet).not.toHaveBeenCalled();
  vi.restoreAllMocks();
});

describe('the ollama backend', () => {
  it('tells version, models, their shape and what is in memory', async () => {
    await using opened = await open({ engine: 'other' });
    const { backend } = opened;
    expect(await backend.version(never())).toEqual({ version: '0.32.15', engine: 'other' });
    const [model] = await backend.list(never());
    expect(model).toMatchObject({
      model: 'small:1b',
      bytes: 1_000_000_000,
      capabilities: ['completion', 'tools', 'thinking'],
      kvBytesPerToken: null,
    });
    // 22 layers × 4 heads × 64 × keys and values × 2 bytes
    expect(await backend.describe(model!, never())).toMatchObject({ kvBytesPerToken: 22_528, contextTokens: 32_768 });
    await backend.load(profile, never());
    expect(await backend.loaded(never())).toMatchObject([
      { model: 'small:1b', contextTokens: 2048, digest: model?.digest },
    ]);
    await backend.unload('small:1b', never());
    expect(await backend.loaded(never())).toEqual([]);
  });

  it('is found behind a proxy that serves it under a path', async () => {
    await using fake = await startFakeOllama({ models: smallAndLarge });
    await using proxy = await startPathProxy(fake.url, '/llm/ollama');
    const pool = createModelPool(poolOptions(`${proxy.url}/`, { roles: { ux: { candidates: ['small'] } } }));
    try {
      await pool.start();
      expect((await pool.generate({ role: 'ux', prompt: 'x [say here]' })).text).toBe('here');
      await pool.pull('pullable:1b');
      await pool.unload('large');
      expect(pool.status().backends).toMatchObject([{ url: proxy.url, state: 'up' }]);
    } finally {
      await pool.close();
    }
  });

  it('embeds, and pulls with progress', async () => {
    await using opened = await open();
    const { backend } = opened;
    const { embeddings, inputTokens } = await backend.embed(
      { ...profile, model: 'vectors:1b' },
      ['one two', 'three'],
      never(),
    );
    expect(embeddings).toHaveLength(2);
    expect(inputTokens).toBe(3);
    const seen: (number | null)[] = [];
    await backend.pull('pullable:1b', never(), ({ completedBytes }) => seen.push(completedBytes));
    expect(seen).toEqual([null, 0, 500_000_000, 1_000_000_000, null, null, null]);
    expect((await backend.list(never())).map(({ model }) => model)).toContain('pullable:1b');
  });

  it('failures of the ollama package are typed', async () => {
    await using opened = await open();
    const { fake, backend } = opened;
    const path = '/api/ps';
    const cases = [
      [{ kind: 'status-500', path }, 'load-failed'],
      [{ kind: 'status-503', path }, 'overloaded'],
      [{ kind: 'status-302', path }, 'configuration'],
      [{ kind: 'status-403', path }, 'configuration'],
      [{ kind: 'html', path }, 'configuration'],
      [{ kind: 'reset', path }, 'backend-down'],
    ] as const;
    for (const [fault, code] of cases) {
      await fake.set(fault);
      await expect(backend.loaded(never()), fault.kind).rejects.toMatchObject({ code });
    }
    await fake.set({ kind: 'refuse' });
    await expect(backend.loaded(never())).rejects.toMatchObject({
      code: 'backend-down',
      retryable: true,
      details: { refused: true },
    });
    await fake.set();
    await expect(
      backend.describe({ ...(await backend.list(never()))[0]!, model: 'no:1b' }, never()),
    ).rejects.toMatchObject({ code: 'model-missing' });
  });

  it('a pull that fails in its stream is an error, not an end', async () => {
    await using opened = await open();
    const { fake, backend } = opened;
    await expect(backend.pull('nowhere:1b', never(), () => {})).rejects.toMatchObject({
      code: 'model-missing',
      message: 'pull model manifest: file does not exist',
    });
    await fake.set({ kind: 'empty', path: '/api/pull' });
    await expect(backend.pull('pullable:1b', never(), () => {})).rejects.toMatchObject({ code: 'stream-broken' });
    await fake.set({ kind: 'status-500', path: '/api/pull' });
    await expect(backend.pull('pullable:1b', never(), () => {})).rejects.toMatchObject({ code: 'load-failed' });
  });

  it('the signal ends every call of the package', async () => {
    await using opened = await open({ timing: { loadMs: 4_000 } });
    const { fake, backend } = opened;
    await fake.set({ kind: 'silent', path: '/api/ps' }, { kind: 'silent', path: '/api/pull' });
    const reason = new Error('mine');
    const within = async (act: (signal: AbortSignal) => Promise<unknown>) => {
      const controller = new AbortController();
      const asked = fake.log.length;
      const done = act(controller.signal);
      await until('asked', () => fake.log.length > asked);
      controller.abort(reason);
      await expect(done).rejects.toBe(reason);
    };
    await within((signal) => backend.loaded(signal));
    await within((signal) => backend.pull('pullable:1b', signal, () => {}));
    await within((signal) => backend.load(profile, signal));
    await within((signal) => backend.embed({ ...profile, model: 'vectors:1b' }, ['x'], signal));
    const ends = () => fake.log.map(({ end }) => end);
    await until('all are over', () => !ends().includes('open'));
    expect(ends()).toEqual(['fault', 'fault', 'aborted', 'aborted']);
  });

  it('the token is sent with every request, and a missing one is a matter of configuration', async () => {
    await using opened = await open({ token: 'secret' }, 'secret');
    await opened.backend.version(never());
    await opened.backend.load(profile, never());
    expect(opened.fake.log.map(({ authorization }) => authorization)).toEqual(['Bearer secret', 'Bearer secret']);
    await using without = await open({ token: 'secret' });
    await expect(without.backend.version(never())).rejects.toMatchObject({ code: 'configuration', retryable: false });
    await expect(without.backend.load(profile, never())).rejects.toMatchObject({ code: 'configuration' });
  });

  it('a url that is none is refused', () => {
    for (const url of ['', 'x', 'ftp://127.0.0.1']) {
      expect(() => createOllamaBackend({ kind: 'ollama', url }, parts), url).toThrow(
        expect.objectContaining({ code: 'configuration' }),
      );
    }
  });

  it('local servers share a device, others are their own', () => {
    const device = (url: string) => createOllamaBackend({ kind: 'ollama', url }, parts).device;
    expect(device('http://127.0.0.1:1')).toBe('local');
    expect(device('http://localhost:2')).toBe('local');
    expect(device('http://gpu.example:11434')).toBe('gpu.example:11434');
  });
});
