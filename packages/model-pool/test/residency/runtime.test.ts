import { until } from '@tale/test-kit';
import { describe, expect, it } from 'vitest';
import { openPool } from '../setup/open-pool.js';
import { openScripted } from '../setup/scripted-pool.js';

describe('a load', () => {
  it('that everybody left is not joined by whoever comes next: that one gets a load of its own', async () => {
    await using opened = await openScripted({ small: {}, large: { loadMs: 5_000 } });
    const { pool, server, until: untilSeen, settle } = opened;
    const leaving = new AbortController();
    const left = pool.load('large', { signal: leaving.signal });
    await untilSeen(() => server.loads.length === 1);
    leaving.abort();
    const answered = pool.generate({ role: 'planning', prompt: 'x' });
    await expect(left).rejects.toMatchObject({ code: 'aborted' });
    expect(await settle(answered)).toMatchObject({ text: 'word word word ' });
    expect(server.loads).toEqual(['large', 'large']);
  });

  it('that somebody joins as another one leaves it is waited for by an unload', async () => {
    await using opened = await openScripted({ small: {}, large: { loadMs: 1_000 } });
    const { pool, server, until: untilSeen, settle } = opened;
    const leaving = new AbortController();
    const left = pool.load('large', { signal: leaving.signal });
    await untilSeen(() => server.loads.length === 1);
    leaving.abort();
    const loaded = pool.load('large');
    const unloaded = pool.unload('large');
    await expect(left).rejects.toMatchObject({ code: 'aborted' });
    await settle(Promise.all([loaded, unloaded]));
    expect(server.resident.has('large')).toBe(false);
    expect(pool.status().residency.changes.map(({ change }) => change)).toEqual(['ready', 'evict']);
  });

  it('that was left is no failure of the same call when it comes again', async () => {
    await using opened = await openPool({}, { timing: { loadMs: 100 } });
    const { pool, fake } = opened;
    for (let round = 0; round < 5; round += 1) {
      const leaving = new AbortController();
      const left = pool.generate({ role: 'planning', prompt: 'x', signal: leaving.signal });
      await until('loading', () => pool.status().models.find(({ name }) => name === 'large')?.state === 'loading');
      leaving.abort();
      const next = pool.generate({ role: 'planning', prompt: 'x' });
      await expect(left).rejects.toMatchObject({ code: 'aborted' });
      await expect(next).resolves.toMatchObject({ end: { status: 'ok', attempt: 1 } });
      fake.evict('large:8b');
      await pool.unload('large');
    }
  });
});

it('a stay that another client shortened is asked for once at a time, however long the server takes', async () => {
  await using opened = await openPool({ residency: { busyMs: 10, idleMs: 10 } });
  const { pool, fake } = opened;
  await pool.start();
  await until('ux is there', () => pool.status().models[0]?.state === 'resident' && fake.resident()[0]);
  // The other client is answered, and the pool after it is not.
  const body = { model: 'small:1b', stream: false, keep_alive: 30, options: { num_ctx: 4096 } };
  await fake.set({ kind: 'silent', path: '/api/generate', every: 2 });
  await fetch(`${fake.url}/api/generate`, { method: 'POST', body: JSON.stringify(body) });
  const shortened = fake.log.length;
  const since = (path: string) => fake.log.slice(shortened).filter((entry) => entry.path === path).length;
  await until('ten rounds', () => since('/api/ps') >= 10);
  expect(since('/api/generate')).toBe(1);
});
