import { until } from '@tale/test-kit';
import { describe, expect, it } from 'vitest';
import type { ModelPoolOptions } from '../../src/index.js';
import { claudeKey, openClaude, playCall } from '../setup/open-claude.js';
import { type OpenedPool, openPool } from '../setup/open-pool.js';
import { all } from '../setup/pool-facts.js';

const late = 'pullable:1b';
const ask = { role: 'planning', prompt: 'x' } as const;
const options = (...candidates: string[]): Partial<ModelPoolOptions> => ({
  models: {
    small: { backend: 'fake', model: 'small:1b', contextTokens: 4096 },
    late: { backend: 'fake', model: late, contextTokens: 4096 },
  },
  roles: { planning: { candidates } },
});

/** As `ollama pull` does: the pool is not told. */
async function pullElsewhere({ fake }: OpenedPool): Promise<void> {
  const body = JSON.stringify({ model: late, stream: false });
  expect((await fetch(`${fake.url}/api/pull`, { method: 'POST', body })).status).toBe(200);
}

describe('a model that was missing and is pulled by somebody else', () => {
  it('answers the next call of a pool that was never started', async () => {
    await using opened = await openPool(options('late'));
    const { pool, events } = opened;
    for (let index = 0; index < 2; index += 1)
      await expect(pool.generate(ask)).rejects.toMatchObject({ code: 'model-missing', retryable: false });
    expect(all(events, 'model-missing')).toHaveLength(1);
    await pullElsewhere(opened);
    expect((await pool.generate(ask)).end).toMatchObject({ status: 'ok', model: late, attempt: 1 });
  });

  it('answers the next call of a started pool, long before the list is asked anew', async () => {
    await using opened = await openPool(options('late'));
    const { pool, events } = opened;
    await pool.start();
    await until('missed', () => all(events, 'model-missing').length > 0);
    await expect(pool.generate(ask)).rejects.toMatchObject({ code: 'model-missing' });
    await pullElsewhere(opened);
    expect((await pool.generate(ask)).end).toMatchObject({ status: 'ok', model: late });
  });

  it('is found by a pool that was never started although another model answers meanwhile', async () => {
    await using opened = await openPool(options('late', 'small'));
    const { pool } = opened;
    expect((await pool.generate(ask)).end).toMatchObject({ model: 'small:1b', fallbackFrom: 'late' });
    expect((await pool.generate(ask)).end).toMatchObject({ model: 'small:1b', fallbackFrom: null });
    await pullElsewhere(opened);
    await pool.unload('small');
    expect((await pool.generate(ask)).end).toMatchObject({ model: late });
  });

  it('costs a started pool no question while another model answers', async () => {
    await using opened = await openPool({ ...options('late', 'small'), residency: { busyMs: 60_000, idleMs: 60_000 } });
    const { pool, fake } = opened;
    await pool.start();
    await pool.load('small');
    const lists = () => fake.log.filter(({ path }) => path === '/api/tags').length;
    const before = lists();
    for (let index = 0; index < 3; index += 1) expect((await pool.generate(ask)).end.model).toBe('small:1b');
    expect(lists()).toBe(before);
  });

  it('is still missing where its server does not answer any more', async () => {
    await using opened = await openPool(options('late'));
    await expect(opened.pool.generate(ask)).rejects.toMatchObject({ code: 'model-missing' });
    await opened.fake.set({ kind: 'refuse' });
    await expect(opened.pool.generate(ask)).rejects.toMatchObject({ code: 'model-missing' });
  });
});

describe('a call that is left while a server is asked', () => {
  const timers = { probeMs: 600_000 };
  const leave = async ({ pool, fake }: OpenedPool) => {
    await fake.set({ kind: 'silent', path: '/api/version' });
    const controller = new AbortController();
    const asked = fake.log.length;
    const call = pool.generate({ ...ask, signal: controller.signal }).catch((thrown: unknown) => thrown);
    await until('asked', () => fake.log.length > asked);
    controller.abort();
    expect(await call).toMatchObject({ code: 'aborted' });
    await expect(pool.generate({ ...ask, deadlineMs: 50 })).rejects.toMatchObject({ details: { deadlineMs: 50 } });
  };

  it('ends at once, whatever the time for a probe', async () => {
    await using opened = await openPool({ ...options('small'), timers });
    await leave(opened);
  });

  it('ends at once also where the question is whether the model is there by now', async () => {
    await using opened = await openPool({ ...options('late'), timers });
    await expect(opened.pool.generate(ask)).rejects.toMatchObject({ code: 'model-missing' });
    await leave(opened);
  });
});

it('a service that is not looked at is asked again by the next call', async () => {
  await using opened = await openClaude();
  await opened.claude.set({ kind: 'status-404', times: 1 });
  const request = { role: 'planning', messages: [{ role: 'user', content: 'x' }] } as const;
  expect((await playCall(opened, request, true)).error).toMatchObject({ code: 'model-missing', backend: 'claude' });
  expect((await playCall(opened, request, true)).error).toBeNull();
  expect(opened.lines.join('')).not.toContain(claudeKey);
});
