import { until } from '@tale/test-kit';
import { describe, expect, it } from 'vitest';
import type { PoolEvent } from '../../src/index.js';
import { openPool, smallAndLarge } from '../setup/open-pool.js';
import { all, modelOf, seen } from '../setup/pool-facts.js';

const residency = { busyMs: 20, idleMs: 20 };
const stateOf = (pool: Parameters<typeof modelOf>[0], name: string) => modelOf(pool, name).state;
const contextActions = (events: readonly PoolEvent[]) =>
  all(events, 'profile-drift').flatMap((event) => (event.reason === 'context' ? [event.action] : []));

describe('the model of ux', () => {
  it('is loaded at start, before any request, for ever, and nothing else is', async () => {
    await using opened = await openPool({ residency });
    const { pool, fake, events } = opened;
    await pool.start();
    await until('loaded', () => seen(events, 'model-ready', 'small'));
    expect(fake.resident()).toMatchObject([{ model: 'small:1b', contextTokens: 4096 }]);
    const load = fake.log.find(({ path }) => path === '/api/generate');
    expect(load?.body).toEqual({ model: 'small:1b', stream: false, keep_alive: -1, options: { num_ctx: 4096 } });
    expect(pool.status()).toMatchObject({
      mode: 'together',
      backends: [{ state: 'up', version: '0.32.15' }],
      memory: { budgetBytes: null },
    });
  });

  it('MODEL-POOL-7: comes back after another client evicted it, and the time away is counted', async () => {
    await using opened = await openPool({ residency });
    const { pool, fake, events } = opened;
    await pool.start();
    await until('loaded', () => seen(events, 'model-ready', 'small'));
    fake.evict('small:1b');
    await until('restored', () => seen(events, 'residency-restore', 'small'));
    expect(seen(events, 'model-lost', 'small')).toMatchObject({ reason: 'evicted' });
    expect(fake.resident()).toHaveLength(1);
    expect(fake.loads['small:1b']).toBe(2);
    expect(pool.status().models[0]?.residencyLostMs).toBeGreaterThan(0);
  });

  it('MODEL-POOL-7: comes back after the server was away', async () => {
    await using opened = await openPool({ residency });
    const { pool, fake, events } = opened;
    await pool.start();
    await until('loaded', () => seen(events, 'model-ready', 'small'));
    await fake.set({ kind: 'refuse' });
    await until('down', () => seen(events, 'backend-down'));
    expect(seen(events, 'model-lost', 'small')).toMatchObject({ reason: 'backend-down' });
    fake.evict('small:1b');
    await fake.set();
    await until('restored', () => seen(events, 'residency-restore', 'small'));
    expect(seen(events, 'backend-up')).toBeDefined();
    expect(fake.resident()).toHaveLength(1);
  });

  it('a start without a server does not fail, and goes on when there is one', async () => {
    await using opened = await openPool({ residency });
    const { pool, fake, events } = opened;
    await fake.set({ kind: 'refuse' });
    await pool.start();
    expect(pool.status().backends[0]?.state).toBe('down');
    await fake.set();
    await until('loaded', () => seen(events, 'model-ready', 'small'));
  });

  it('stays although someone set a shorter time', async () => {
    await using opened = await openPool({ residency });
    const { pool, fake, events } = opened;
    await pool.start();
    await until('loaded', () => seen(events, 'model-ready', 'small'));
    await fetch(`${fake.url}/api/generate`, {
      method: 'POST',
      body: JSON.stringify({ model: 'small:1b', keep_alive: '30s', stream: false, options: { num_ctx: 4096 } }),
    });
    await until('touched', () => (fake.resident()[0]?.expiresAtMs ?? 0) > Date.now() + 86_400_000);
    expect(fake.loads['small:1b']).toBe(1);
  });

  it('is loaded again with its own context when a stranger changed it, and after three times theirs is taken', async () => {
    await using opened = await openPool({ residency });
    const { pool, fake, events } = opened;
    await pool.start();
    await until('loaded', () => seen(events, 'model-ready', 'small'));
    const disturb = () =>
      fetch(`${fake.url}/api/generate`, {
        method: 'POST',
        body: JSON.stringify({ model: 'small:1b', keep_alive: -1, stream: false, options: { num_ctx: 2048 } }),
      });
    for (let count = 0; count < 3; count += 1) {
      await disturb();
      await until(
        `reload ${count}`,
        () => contextActions(events).filter((action) => action === 'reload').length > count,
      );
      await until('own context', () => fake.resident()[0]?.contextTokens === 4096);
    }
    await disturb();
    await until('adopted', () => contextActions(events).includes('adopt'));
    expect(pool.status().models[0]?.contextTokens).toBe(2048);
  });

  it('is the second candidate where the first is not installed', async () => {
    await using opened = await openPool(
      { residency, roles: { ux: { candidates: ['small', 'large'] }, planning: { candidates: ['large'] } } },
      { models: [{ model: 'large:8b' }] },
    );
    const { pool, events } = opened;
    await pool.start();
    await until('loaded', () => seen(events, 'model-ready', 'large'));
    expect(seen(events, 'model-missing', 'small')).toMatchObject({ model: 'small:1b', backend: 'fake' });
    const { end } = await pool.generate({ role: 'ux', prompt: 'x' });
    expect(end.model).toBe('large:8b');
  });
});

describe('the model of planning', () => {
  it('is loaded by the first call, stays for its time, and leaves by itself', async () => {
    await using opened = await openPool({
      residency,
      roles: { ux: { candidates: ['small'] }, planning: { candidates: ['large'], lingerMs: 1_000 } },
    });
    const { pool, fake, events } = opened;
    await pool.start();
    const { end } = await pool.generate({ role: 'planning', prompt: 'x' });
    expect(end.timing.loadMs).toBeGreaterThan(0);
    expect((await pool.generate({ role: 'planning', prompt: 'x' })).end.timing.loadMs).toBe(0);
    expect(
      fake.log.find(({ path, body }) => path === '/api/generate' && body?.model === 'large:8b')?.body?.keep_alive,
    ).toBe('1s');
    await until('gone', () => seen(events, 'model-evict', 'large'));
    expect(seen(events, 'model-evict', 'large')).toMatchObject({ reason: 'linger' });
    expect(seen(events, 'model-lost', 'large')).toBeUndefined();
    expect(stateOf(pool, 'large')).toBe('absent');
  });

  it('all requests to a model carry the same options of the runner', async () => {
    await using opened = await openPool({ residency });
    const { pool, fake } = opened;
    await pool.start();
    await pool.load('large');
    await pool.generate({ role: 'planning', messages: [{ role: 'user', content: 'x' }] });
    await pool.generate({ role: 'planning', prompt: 'x', maxOutputTokens: 5 });
    const options = fake.log.flatMap(({ body }) =>
      body?.model === 'large:8b' && body.options !== undefined ? [(body.options as { num_ctx: number }).num_ctx] : [],
    );
    expect(options).toEqual([4096, 4096, 4096]);
    expect(fake.loads['large:8b']).toBe(1);
  });

  it('MODEL-POOL-4: a hundred cold callers cause one load', async () => {
    await using opened = await openPool({}, { timing: { loadMs: 50, tokens: 1 } });
    const { pool, fake } = opened;
    await Promise.all(Array.from({ length: 100 }, () => pool.generate({ role: 'planning', prompt: 'x' })));
    expect(fake.loads).toEqual({ 'large:8b': 1 });
    expect(fake.log.filter(({ path, body }) => path === '/api/generate' && body?.prompt === undefined)).toHaveLength(1);
  });

  it('a caller that leaves does not end a load that another one waits for', async () => {
    await using opened = await openPool({}, { timing: { loadMs: 300 } });
    const { pool, fake } = opened;
    const controller = new AbortController();
    const left = pool.load('large', { signal: controller.signal });
    const stays = pool.load('large');
    await until('loading', () => stateOf(pool, 'large') === 'loading');
    controller.abort();
    await expect(left).rejects.toMatchObject({ code: 'aborted' });
    expect(await stays).toMatchObject({ state: 'resident', ready: true, memoryBytes: null });
    expect(fake.loads['large:8b']).toBe(1);
  });
});

describe('a load that fails', () => {
  it('is tried twice, then the model rests and callers are told for how long', async () => {
    await using opened = await openPool();
    const { pool, fake, events } = opened;
    await fake.set({ kind: 'status-500', path: '/api/generate' });
    await expect(pool.generate({ role: 'planning', messages: [{ role: 'user', content: 'x' }] })).rejects.toMatchObject(
      { code: 'load-failed', retryable: true, attempt: 2 },
    );
    expect(events.filter(({ type }) => type === 'call-end')).toMatchObject([
      { status: 'error' },
      { status: 'error', error: { code: 'load-failed', model: 'large:8b', backend: 'fake' } },
    ]);
    expect(pool.status().models.find(({ name }) => name === 'large')).toMatchObject({
      state: 'failed',
      ready: false,
      error: expect.stringContaining('llama runner'),
    });
    await fake.set();
    const error = await pool.generate({ role: 'planning', prompt: 'x' }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'load-failed', retryable: true });
    expect((error as { retryAfterMs: number }).retryAfterMs).toBeGreaterThan(30_000);
    expect(await pool.load('large')).toMatchObject({ state: 'resident' });
    expect((await pool.generate({ role: 'planning', prompt: 'x' })).end.status).toBe('ok');
  });

  it('an endless load ends at its deadline', async () => {
    await using opened = await openPool({ timers: { loadMinMs: 100, loadMaxMs: 200 } });
    await opened.fake.set({ kind: 'load-stall' });
    await expect(opened.pool.load('large')).rejects.toMatchObject({ code: 'load-timeout', retryable: true });
  });
});

describe('the memory budget', () => {
  const memory = { budget: 7_000_000_000 };
  const models = [...smallAndLarge, { model: 'other:8b', bytes: 5_000_000_000 }];
  const more = {
    memory,
    residency,
    models: {
      small: { backend: 'fake', model: 'small:1b', contextTokens: 4096 },
      large: { backend: 'fake', model: 'large:8b', contextTokens: 4096 },
      other: { backend: 'fake', model: 'other:8b', contextTokens: 4096 },
    },
    roles: { ux: { candidates: ['small'] }, planning: { candidates: ['large', 'other'] } },
  };

  it('an idle model on demand leaves for another one, the one of ux never does', async () => {
    await using opened = await openPool(more, { models });
    const { pool, fake, events } = opened;
    await pool.start();
    await until('loaded', () => seen(events, 'model-ready', 'small'));
    await pool.load('large');
    await until('seen', () => pool.status().models.find(({ name }) => name === 'large')?.memoryBytes);
    await pool.load('other');
    expect(
      fake
        .resident()
        .map(({ model }) => model)
        .sort(),
    ).toEqual(['other:8b', 'small:1b']);
    expect(seen(events, 'model-evict', 'large')).toMatchObject({ reason: 'memory' });
    expect(pool.status().memory).toMatchObject({ budgetBytes: 7_000_000_000 });
  });

  it('a model that cannot fit is refused before the machine swaps', async () => {
    await using opened = await openPool({ ...more, memory: { budget: 6_000_000_000 } }, { models });
    const { pool, fake, events } = opened;
    await pool.start();
    await until('loaded', () => seen(events, 'model-ready', 'small'));
    await until('seen', () => pool.status().models[0]?.memoryBytes);
    await expect(pool.generate({ role: 'planning', prompt: 'x' })).rejects.toMatchObject({
      code: 'memory-insufficient',
      retryable: false,
      details: { budgetBytes: 6_000_000_000, heldBytes: 1_000_000_000 },
    });
    expect(fake.loads).toEqual({ 'small:1b': 1 });
  });

  it('auto measures this machine', async () => {
    await using opened = await openPool({ ...more, memory: { budget: 'auto' } }, { models });
    await opened.pool.start();
    expect(opened.pool.status().memory.budgetBytes).toBeGreaterThanOrEqual(0);
  });
});
