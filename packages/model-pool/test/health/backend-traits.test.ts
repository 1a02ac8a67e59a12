import { until } from '@tale/test-kit';
import { describe, expect, it } from 'vitest';
import { anthropicBackend } from '../../src/backends/anthropic/index.js';
import { createModelPool, type ModelPoolOptions, type PoolEvent } from '../../src/index.js';
import { startFakeAnthropic, startFakeOllama } from '../../src/testing/index.js';
import { all, modelOf, seen } from '../setup/pool-facts.js';

const residency = { busyMs: 20, idleMs: 20 };
const key = 'sk-ant-api03-test';

function watched(options: ModelPoolOptions) {
  const pool = createModelPool(options);
  const events: PoolEvent[] = [];
  pool.subscribe((event) => events.push(event));
  return { pool, events };
}

describe('a server that serves what it serves', () => {
  const fixed = (url: string, model = 'served:7b'): ModelPoolOptions => ({
    backends: { fixed: { kind: 'openai', url } },
    models: { served: { backend: 'fixed', model, contextTokens: 4096 } },
    roles: { ux: { candidates: ['served'] } },
    residency,
    health: { canaryMs: 20 },
    memory: { budget: 1 },
  });

  it('has its model in memory while it is up, and is asked to load nothing', async () => {
    await using server = await startFakeOllama({ serves: 'llama-server', models: [{ model: 'served:7b' }] });
    const { pool, events } = watched(fixed(server.url));
    await using _ = pool;
    await pool.start();
    await until('ready', () => seen(events, 'model-ready', 'served'));
    const { end } = await pool.generate({ role: 'ux', messages: [{ role: 'user', content: 'x' }] });
    expect(end).toMatchObject({ status: 'ok', timing: { loadMs: 0 }, provider: 'openai' });
    expect(modelOf(pool, 'served')).toMatchObject({ state: 'resident', resident: 'always', needBytes: null });
    expect(pool.status().backends).toMatchObject([{ state: 'up', residency: 'fixed', isLocal: true, warnings: [] }]);
    expect(await pool.unload('served')).toMatchObject({ state: 'resident' });
    await until('some rounds', () => server.log.filter(({ path }) => path === '/health').length > 8);
    expect(all(events, 'call-start').filter(({ labels }) => labels.purpose === 'canary')).toEqual([]);
  });

  it('is waited for while it loads its model at its start', async () => {
    await using server = await startFakeOllama({
      serves: 'llama-server',
      models: [{ model: 'served:7b' }],
      timing: { loadMs: 600 },
    });
    const { pool } = watched(fixed(server.url));
    await using _ = pool;
    const { end } = await pool.generate({ role: 'ux', messages: [{ role: 'user', content: 'x' }] });
    expect(end.status).toBe('ok');
    expect(end.timing.loadMs).toBeGreaterThan(100);
  });

  it('that does not serve the model says so, and is not asked again and again', async () => {
    await using server = await startFakeOllama({ serves: 'llama-server', models: [{ model: 'served:7b' }] });
    const { pool, events } = watched(fixed(server.url, 'another:7b'));
    await using _ = pool;
    await pool.start();
    await expect(pool.generate({ role: 'ux', prompt: 'x' })).rejects.toMatchObject({ code: 'model-missing' });
    expect(seen(events, 'model-missing', 'served')).toMatchObject({ model: 'another:7b' });
    const before = events.length;
    await until('some rounds', () => server.log.filter(({ path }) => path === '/v1/models').length > 8);
    expect(events.slice(before).filter(({ type }) => type !== 'decision')).toEqual([]);
  });

  it('that goes away and comes back is lost and found', async () => {
    await using server = await startFakeOllama({ serves: 'llama-server', models: [{ model: 'served:7b' }] });
    const { pool, events } = watched(fixed(server.url));
    await using _ = pool;
    await pool.start();
    await until('ready', () => seen(events, 'model-ready', 'served'));
    await server.set({ kind: 'refuse' });
    await until('lost', () => seen(events, 'model-lost', 'served'));
    expect(pool.status().backends[0]).toMatchObject({ state: 'down', error: expect.any(String) });
    await server.set();
    await until('found', () => seen(events, 'residency-restore', 'served'));
  });
});

describe('a service that bills', () => {
  const billed = (url: string, more: Partial<ModelPoolOptions> = {}): ModelPoolOptions => ({
    backends: { claude: anthropicBackend({ apiKey: key, baseUrl: url }) },
    models: { opus: { backend: 'claude', model: 'claude-opus-5-5', contextTokens: 200_000, maxOutputTokens: 100 } },
    roles: { planning: { candidates: ['opus'] } },
    residency,
    health: { canaryMs: 20 },
    memory: { budget: 1 },
    ...more,
  });
  const ask = { role: 'planning', messages: [{ role: 'user', content: 'x' } as const] } as const;

  it('is never asked anything but calls, takes no memory and is there at once', async () => {
    await using server = await startFakeAnthropic({ apiKey: key });
    await using other = await startFakeOllama({ models: [{ model: 'small:1b' }] });
    const options = billed(server.url);
    const { pool, events } = watched({
      ...options,
      backends: { ...options.backends, other: { kind: 'ollama', url: other.url } },
    });
    await using _ = pool;
    await pool.start();
    expect(modelOf(pool, 'opus')).toMatchObject({ state: 'resident', ready: true, needBytes: null, memoryBytes: null });
    expect(pool.status().backends[0]).toMatchObject({ state: 'unknown', isLocal: false, residency: 'fixed' });
    await until('some rounds', () => other.log.filter(({ path }) => path === '/api/ps').length > 10);
    expect(server.log).toEqual([]);
    expect((await pool.generate(ask)).end.timing.loadMs).toBe(0);
    expect(pool.status().backends[0]?.state).toBe('up');
    expect(server.log).toHaveLength(1);
    expect(events.map(({ type }) => type)).not.toContain('model-ready');
  });

  it('is down once calls to it failed, and a call is the probe that brings it back', async () => {
    await using server = await startFakeAnthropic({ apiKey: key });
    const { url } = server;
    await using _server = server;
    const { pool, events } = watched(billed(url));
    await using _ = pool;
    await pool.generate(ask);
    await server.set({ kind: 'refuse' });
    for (let count = 0; count < 4; count += 1) await pool.generate(ask).catch(() => {});
    await until('down', () => seen(events, 'backend-down'));
    expect(modelOf(pool, 'opus').state).toBe('resident');
    expect(pool.status().backends[0]?.openForMs).toBeGreaterThan(0);
    await server.set();
    await until('half open', () => pool.status().backends[0]?.openForMs === 0);
    expect((await pool.generate(ask)).end.status).toBe('ok');
    expect(seen(events, 'backend-up')).toBeDefined();
    expect(pool.status().backends[0]).toMatchObject({ state: 'up', error: null, openForMs: 0 });
  });
});

describe('several backends in one pool', () => {
  it('serve their roles side by side, and one that is down takes no other with it', async () => {
    await using ollama = await startFakeOllama({ models: [{ model: 'small:1b' }] });
    await using llama = await startFakeOllama({ serves: 'llama-server', models: [{ model: 'served:7b' }] });
    await using claude = await startFakeAnthropic({ apiKey: key });
    const { pool, events } = watched({
      backends: {
        ollama: { kind: 'ollama', url: ollama.url },
        llama: { kind: 'openai', url: llama.url },
        claude: anthropicBackend({ apiKey: key, baseUrl: claude.url }),
      },
      models: {
        small: { backend: 'ollama', model: 'small:1b', contextTokens: 4096 },
        served: { backend: 'llama', model: 'served:7b', contextTokens: 4096 },
        opus: { backend: 'claude', model: 'claude-opus-5-5', contextTokens: 200_000, maxOutputTokens: 100 },
      },
      roles: { ux: { candidates: ['small'] }, planning: { candidates: ['served', 'opus'] } },
      residency,
    });
    await using _ = pool;
    await pool.start();
    await until('ux is there', () => seen(events, 'model-ready', 'small'));
    const planning = { role: 'planning', messages: [{ role: 'user', content: 'x' } as const] } as const;
    expect((await pool.generate(planning)).end.model).toBe('served:7b');
    await llama.set({ kind: 'refuse' });
    expect((await pool.generate(planning)).end.model).toBe('claude-opus-5-5');
    expect((await pool.generate({ role: 'ux', prompt: 'x' })).end.model).toBe('small:1b');
    expect(pool.status().backends.map(({ name, isLocal }) => [name, isLocal])).toEqual([
      ['ollama', true],
      ['llama', true],
      ['claude', false],
    ]);
  });
});
