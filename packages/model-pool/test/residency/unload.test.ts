import { until } from '@tale/test-kit';
import { describe, expect, it } from 'vitest';
import { openPool } from '../setup/open-pool.js';
import { all, inMemory, modelOf, seen } from '../setup/pool-facts.js';

describe('an unload', () => {
  it('that the server refuses leaves the model where it is', async () => {
    await using opened = await openPool();
    const { pool, fake, events } = opened;
    await pool.load('large');
    await fake.set({ kind: 'status-500', path: '/api/generate', times: 1 });
    await expect(pool.unload('large')).rejects.toMatchObject({
      code: 'load-failed',
      model: 'large:8b',
      backend: 'fake',
    });
    expect(modelOf(pool, 'large').state).toBe('resident');
    expect(seen(events, 'model-evict')).toBeUndefined();
    expect(await pool.unload('large')).toMatchObject({ state: 'absent' });
  });

  it('that never ends is given up', async () => {
    await using opened = await openPool({ timers: { loadMinMs: 100 } });
    const { pool, fake } = opened;
    await pool.load('large');
    await fake.set({ kind: 'silent', path: '/api/generate', times: 1 });
    await expect(pool.unload('large')).rejects.toMatchObject({ code: 'load-timeout', details: { limitMs: 100 } });
    expect(modelOf(pool, 'large').state).toBe('resident');
  });

  it('goes on for whoever still waits when the one who asked for it leaves', async () => {
    await using opened = await openPool();
    const { pool, fake, events } = opened;
    await pool.load('large');
    await fake.set({ kind: 'slow-headers', path: '/api/generate', times: 1, delayMs: 1_000 });
    const controller = new AbortController();
    const unloading = pool.unload('large', { signal: controller.signal });
    await until('under way', () => modelOf(pool, 'large').state === 'evicting');
    const other = pool.unload('large');
    controller.abort();
    await expect(unloading).rejects.toMatchObject({ code: 'aborted' });
    expect(await other).toMatchObject({ state: 'absent' });
    expect(inMemory(fake)).toEqual([]);
    expect(all(events, 'model-evict')).toHaveLength(1);
  });

  it('is waited for by a load, and waits for one', async () => {
    await using opened = await openPool({}, { timing: { loadMs: 80 } });
    const { pool, fake, events } = opened;
    await pool.load('large');
    await fake.set({ kind: 'slow-headers', path: '/api/generate', times: 1, delayMs: 100 });
    const unloading = pool.unload('large');
    const loading = pool.load('large');
    const again = unloading.then(() => pool.unload('large'));
    await Promise.all([unloading, loading, again]);
    expect(modelOf(pool, 'large').state).toBe('absent');
    expect(inMemory(fake)).toEqual([]);
    expect(pool.status().residency.changes.map(({ change }) => change)).toEqual(['ready', 'evict', 'ready', 'evict']);
    expect(all(events, 'model-ready')).toHaveLength(2);
  });

  it('of what is not there does nothing', async () => {
    await using opened = await openPool();
    const { pool, events } = opened;
    expect(await pool.unload('large')).toMatchObject({ state: 'absent' });
    expect(events).toEqual([]);
  });
});

describe('a model on demand that does not answer', () => {
  it('is taken out and not loaded again', async () => {
    await using opened = await openPool({
      residency: { busyMs: 20, idleMs: 20 },
      health: { canaryMs: 60 },
      timers: { firstTokenMinMs: 400, stallMs: 400 },
    });
    const { pool, fake, events } = opened;
    await pool.start();
    await pool.load('large');
    await fake.set({ kind: 'silent', path: '/api/chat', model: 'large:8b' });
    await until('taken out', () => seen(events, 'model-evict', 'large'));
    expect(seen(events, 'model-evict', 'large')).toMatchObject({ reason: 'unresponsive' });
    expect(inMemory(fake)).toEqual(['small:1b']);
    expect(fake.loads['large:8b']).toBe(1);
  });
});
