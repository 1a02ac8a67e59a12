import { until } from '@tale/test-kit';
import { describe, expect, it } from 'vitest';
import { openPool } from '../setup/open-pool.js';
import { all, inMemory, modelOf, seen } from '../setup/pool-facts.js';

const residency = { busyMs: 20, idleMs: 20, restoreAfterMs: 300 };
/** A server that keeps one model, whatever it was told. */
const oneAtATime = { maxModels: 1 };

describe('a server that takes out the model of ux for that of planning', () => {
  it('is not asked for it while planning works, and gives it back once planning has had no work for a while', async () => {
    await using opened = await openPool({ residency }, { ...oneAtATime, timing: { tokens: 40, tokensPerSecond: 100 } });
    const { pool, fake, events } = opened;
    await pool.start();
    await until('ux is there', () => seen(events, 'model-ready', 'small'));
    const working = pool.generate({ role: 'planning', prompt: 'x' });
    await until('ux is gone', () => seen(events, 'model-lost', 'small'));
    expect(seen(events, 'model-lost', 'small')).toMatchObject({ reason: 'evicted' });
    expect(modelOf(pool, 'small')).toMatchObject({ state: 'absent', heldBackBy: 'large' });
    expect(pool.status().residency.standIn).toBe('large');
    await working;
    expect(fake.loads).toEqual({ 'small:1b': 1, 'large:8b': 1 });
    const endedMs = performance.now();
    await until('ux is back', () => seen(events, 'residency-restore', 'small'));
    expect(performance.now() - endedMs).toBeGreaterThan(250);
    expect(inMemory(fake)).toEqual(['small:1b']);
    expect(pool.status().residency.standIn).toBeNull();
    expect(modelOf(pool, 'small').residencyLostMs).toBeGreaterThan(300);
    const waited = all(events, 'decision').find(({ kind, rejected }) => kind === 'residency' && rejected.length > 0);
    expect(waited).toMatchObject({ chosen: null, rejected: [{ option: 'small', reason: 'memory-needed' }] });
  });

  it('gives it back at once when planning leaves', async () => {
    await using opened = await openPool({ residency: { ...residency, restoreAfterMs: 600_000 } }, oneAtATime);
    const { pool, fake, events } = opened;
    await pool.start();
    await until('ux is there', () => seen(events, 'model-ready', 'small'));
    await pool.load('large');
    await until('ux is gone', () => seen(events, 'model-lost', 'small'));
    fake.evict('large:8b');
    await until('ux is back', () => seen(events, 'residency-restore', 'small'));
    expect(seen(events, 'model-evict', 'large')).toMatchObject({ reason: 'server' });
  });

  it('is asked for it at once where another client took it out', async () => {
    await using opened = await openPool({ residency: { ...residency, restoreAfterMs: 600_000 } });
    const { pool, fake, events } = opened;
    await pool.start();
    await until('ux is there', () => seen(events, 'model-ready', 'small'));
    await pool.load('large');
    await until(
      'both were seen',
      () => modelOf(pool, 'large').memoryBytes !== null && modelOf(pool, 'small').memoryBytes,
    );
    await pool.generate({ role: 'ux', prompt: 'x' });
    fake.evict('small:1b');
    await until('ux is back', () => seen(events, 'residency-restore', 'small'));
    expect(inMemory(fake)).toEqual(['large:8b', 'small:1b']);
  });
});

describe('a restart of the server', () => {
  it('brings back ux before planning, although planning is asked for first', async () => {
    await using opened = await openPool({ residency }, { timing: { loadMs: 60 } });
    const { pool, fake, events } = opened;
    await pool.start();
    await until('ux is there', () => seen(events, 'model-ready', 'small'));
    await fake.restart();
    const { end } = await pool.generate({ role: 'planning', prompt: 'x' });
    expect(end.status).toBe('ok');
    const ready = all(events, 'model-ready').map(({ name }) => name);
    expect(ready).toEqual(['small', 'small', 'large']);
  });

  it('brings back ux alone where no work is queued', async () => {
    await using opened = await openPool({ residency });
    const { pool, fake, events } = opened;
    await pool.start();
    await pool.generate({ role: 'planning', prompt: 'x' });
    await until('both are there', () => inMemory(fake).length === 2);
    await fake.restart(50);
    await until('ux is back', () => seen(events, 'residency-restore', 'small'));
    await until('planning is known to be gone', () => modelOf(pool, 'large').state === 'absent');
    expect(inMemory(fake)).toEqual(['small:1b']);
  });

  it('ten times in a row ends with ux in memory and one call-end per call', async () => {
    await using opened = await openPool({ residency });
    const { pool, fake, events } = opened;
    await pool.start();
    await until('ux is there', () => seen(events, 'model-ready', 'small'));
    const flapping = fake.flap({ times: 10, downMs: 10, upMs: 30 });
    const calls = Array.from({ length: 10 }, () =>
      pool.generate({ role: 'ux', prompt: 'x' }).then(
        () => 'ok',
        (error: { code: string }) => error.code,
      ),
    );
    await flapping;
    const outcomes = await Promise.all(calls);
    await until('ux is back', () => inMemory(fake).includes('small:1b'));
    expect(all(events, 'call-end')).toHaveLength(all(events, 'call-start').length);
    for (const outcome of outcomes) expect(outcome).toMatch(/^(ok|backend-down|stream-broken|load-failed|overloaded)$/);
    expect((await pool.generate({ role: 'ux', prompt: 'x' })).end.status).toBe('ok');
  });
});

describe('what a server shows', () => {
  it('a model that it does not list while it loads it is not missing', async () => {
    await using opened = await openPool({ residency }, { timing: { loadMs: 400 } });
    const { pool, fake, events } = opened;
    await pool.start();
    await until('several looks', () => fake.log.filter(({ path }) => path === '/api/ps').length > 5);
    expect(modelOf(pool, 'small').state).toBe('loading');
    expect(fake.resident()).toEqual([]);
    await until('ux is there', () => seen(events, 'model-ready', 'small'));
    expect(fake.loads).toEqual({ 'small:1b': 1 });
    expect(seen(events, 'model-lost')).toBeUndefined();
  });

  it('after its memory ran out everything of ours that stays comes back', async () => {
    await using opened = await openPool({ residency });
    const { pool, fake, events } = opened;
    await pool.start();
    await until('ux is there', () => seen(events, 'model-ready', 'small'));
    fake.runOutOfMemory();
    await until('ux is back', () => seen(events, 'residency-restore', 'small'));
    expect(inMemory(fake)).toEqual(['small:1b']);
  });

  it('a load that never ends keeps nobody from a model that is there', async () => {
    await using opened = await openPool({ residency, timers: { loadMinMs: 3_000, loadMaxMs: 3_000 } });
    const { pool, fake, events } = opened;
    await pool.start();
    await until('ux is there', () => seen(events, 'model-ready', 'small'));
    await fake.set({ kind: 'load-stall', model: 'large:8b' });
    const stuck = pool.load('large').catch((error: unknown) => error);
    await until('loading', () => modelOf(pool, 'large').state === 'loading');
    for (let count = 0; count < 5; count += 1)
      expect((await pool.generate({ role: 'ux', prompt: 'x' })).end.timing.loadMs).toBe(0);
    expect(modelOf(pool, 'large').state).toBe('loading');
    expect(await stuck).toMatchObject({ code: 'load-timeout', details: { limitMs: 3_000 } });
    expect(modelOf(pool, 'large')).toMatchObject({ state: 'failed', health: 'unknown' });
  });
});

describe('the history', () => {
  it('tells what came and went, why, and how long it took', async () => {
    await using opened = await openPool({ residency });
    const { pool, fake, events } = opened;
    await pool.start();
    await until('ux is there', () => seen(events, 'model-ready', 'small'));
    fake.evict('small:1b');
    await until('ux is back', () => seen(events, 'residency-restore', 'small'));
    await pool.load('large');
    await pool.unload('large');
    await pool.load('no-such-model').catch(() => {});
    const changes = pool.status().residency.changes.map(({ name, change, reason }) => `${name} ${change} ${reason}`);
    expect(changes).toEqual([
      'small ready loaded',
      'small lost evicted',
      'small ready loaded',
      'large ready loaded',
      'large evict asked',
    ]);
    for (const { durationMs } of pool.status().residency.changes) expect(durationMs).toBeGreaterThanOrEqual(0);
  });
});
