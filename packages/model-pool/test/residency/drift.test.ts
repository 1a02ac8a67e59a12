import { until } from '@tale/test-kit';
import { describe, expect, it } from 'vitest';
import type { PoolEvent } from '../../src/index.js';
import type { FakeOllama } from '../../src/testing/index.js';
import { openPool } from '../setup/open-pool.js';
import { all, modelOf, seen } from '../setup/pool-facts.js';

const residency = { busyMs: 20, idleMs: 20 };
const drifts = (events: readonly PoolEvent[]) =>
  all(events, 'profile-drift').flatMap((event) => (event.reason === 'context' ? [event] : []));
/** Contexts that requests to a model carried since the fake's log had `from` entries. */
const contexts = (fake: FakeOllama, from = 0) =>
  fake.log
    .slice(from)
    .flatMap(({ body }) => (body?.options === undefined ? [] : [(body.options as { num_ctx?: number }).num_ctx]));

describe('a context that another client changed', () => {
  it('is adopted where it is larger: nothing is loaded again, and calls carry it', async () => {
    await using opened = await openPool({ residency });
    const { pool, fake, events } = opened;
    await pool.start();
    await until('ux is there', () => seen(events, 'model-ready', 'small'));
    await fake.reload('small:1b', 32_768);
    await until('drift is told', () => drifts(events)[0]);
    expect(drifts(events)).toMatchObject([{ wantedTokens: 4096, foundTokens: 32_768, action: 'adopt' }]);
    const from = fake.log.length;
    await pool.generate({ role: 'ux', messages: [{ role: 'user', content: 'x' }] });
    expect(contexts(fake, from)).toEqual([32_768]);
    expect(fake.resident()).toMatchObject([{ contextTokens: 32_768 }]);
    expect(fake.loads).toEqual({ 'small:1b': 2 });
    expect(modelOf(pool, 'small')).toMatchObject({ contextTokens: 32_768, drift: { adoptedContextTokens: 32_768 } });
  });

  it('is given up with the model: the next load has our own', async () => {
    await using opened = await openPool({ residency });
    const { pool, fake, events } = opened;
    await pool.start();
    await until('ux is there', () => seen(events, 'model-ready', 'small'));
    await fake.reload('small:1b', 32_768);
    await until('adopted', () => modelOf(pool, 'small').contextTokens === 32_768);
    fake.evict('small:1b');
    await until('own context', () => fake.resident()[0]?.contextTokens === 4096);
    await until('known', () => modelOf(pool, 'small').contextTokens === 4096);
  });

  it('of a model at work is left alone until it is idle', async () => {
    await using opened = await openPool({ residency }, { timing: { tokens: 40, tokensPerSecond: 80 }, slots: 2 });
    const { pool, fake, events } = opened;
    await pool.start();
    await until('ux is there', () => seen(events, 'model-ready', 'small'));
    await fake.reload('small:1b', 2048);
    await until('reloaded', () => drifts(events).length === 1 && fake.resident()[0]?.contextTokens === 4096);
    const call = pool.generate({ role: 'ux', prompt: 'x' });
    await until('at work', () => fake.slots()['small:1b'] === 1);
    const before = drifts(events).length;
    await call;
    expect(drifts(events)).toHaveLength(before);
  });

  it('is thrash after three reloads: then theirs is sent with every request, and nothing reloads any more', async () => {
    await using opened = await openPool({ residency });
    const { pool, fake, events } = opened;
    await pool.start();
    await until('ux is there', () => seen(events, 'model-ready', 'small'));
    for (let count = 1; count <= 3; count += 1) {
      await fake.reload('small:1b', 2048);
      await until(
        `reload ${count}`,
        () => drifts(events).length === count && fake.resident()[0]?.contextTokens === 4096,
      );
      await until('ready', () => modelOf(pool, 'small').state === 'resident');
    }
    await fake.reload('small:1b', 2048);
    await until('adopted', () => modelOf(pool, 'small').contextTokens === 2048);
    const loads = fake.loads['small:1b'];
    const from = fake.log.length;
    await pool.generate({ role: 'ux', prompt: 'x' });
    expect(contexts(fake, from)).toEqual([2048]);
    expect(fake.loads['small:1b']).toBe(loads);
    expect(drifts(events).map(({ action }) => action)).toEqual(['reload', 'reload', 'reload', 'adopt']);
  });
});

describe('files that a pull changed', () => {
  it('are told, and the model is loaded anew once', async () => {
    await using opened = await openPool({ residency });
    const { pool, fake, events } = opened;
    await pool.start();
    await until('ux is there', () => seen(events, 'model-ready', 'small'));
    await until('seen', () => modelOf(pool, 'small').memoryBytes);
    const before = modelOf(pool, 'small').digest;
    fake.changeDigest('small:1b');
    await pool.pull('small'); // asks for the list again
    await until('loaded anew', () => all(events, 'model-ready', 'small').length === 2);
    await until('seen', () => modelOf(pool, 'small').memoryBytes);
    const { digest, drift } = modelOf(pool, 'small');
    expect(digest).not.toBe(before);
    expect(drift.staleDigest).toBeNull();
    expect(all(events, 'profile-drift')).toMatchObject([
      { reason: 'digest', name: 'small', oldDigest: before, newDigest: digest, action: 'reload' },
    ]);
    expect(fake.loads).toEqual({ 'small:1b': 2 });
  });

  it('of a model that is not in memory are told, and the next load takes them', async () => {
    await using opened = await openPool({ residency });
    const { pool, fake, events } = opened;
    await pool.start();
    fake.changeDigest('large:8b');
    await pool.pull('large');
    expect(all(events, 'profile-drift', 'large')).toMatchObject([{ reason: 'digest', action: 'adopt' }]);
    expect(fake.loads['large:8b']).toBeUndefined();
  });
});

describe('the options of the runner', () => {
  it('are the same in preload, call, touch, canary and embedding', async () => {
    await using opened = await openPool(
      {
        residency,
        health: { canaryMs: 60 },
        models: {
          small: { backend: 'fake', model: 'small:1b', contextTokens: 4096, runner: { threads: 2, batchTokens: 64 } },
          large: { backend: 'fake', model: 'large:8b', contextTokens: 4096 },
          vectors: { backend: 'fake', model: 'vectors:1b', contextTokens: 512, runner: { threads: 1 } },
        },
        roles: {
          ux: { candidates: ['small'] },
          planning: { candidates: ['large'] },
          embed: { candidates: ['vectors'] },
        },
      },
      { models: [{ model: 'small:1b' }, { model: 'large:8b' }, { model: 'vectors:1b', capabilities: ['embedding'] }] },
    );
    const { pool, fake, events } = opened;
    await pool.start();
    await until('ux is there', () => seen(events, 'model-ready', 'small'));
    await pool.generate({ role: 'ux', prompt: 'x', temperature: 0.3, maxOutputTokens: 3 });
    await pool.embed({ input: ['a', 'b'] });
    const canaries = () => all(events, 'call-end').filter(({ labels }) => labels.purpose === 'canary');
    await until('canaries', () => new Set(canaries().map(({ model }) => model)).size === 2);
    const runnerOf = (model: string) =>
      fake.log
        .filter(({ body, path }) => body?.model === model && /generate|chat|embed/.test(path))
        .map(({ body }) => {
          const { num_ctx, num_thread, num_batch } = (body?.options ?? {}) as Record<string, number>;
          return [num_ctx, num_thread, num_batch];
        });
    const small = runnerOf('small:1b');
    expect(small.length).toBeGreaterThanOrEqual(3);
    expect(new Set(small.map(String))).toEqual(new Set(['4096,2,64']));
    const vectors = runnerOf('vectors:1b');
    expect(vectors.length).toBeGreaterThanOrEqual(3);
    expect(new Set(vectors.map(String))).toEqual(new Set(['512,1,']));
    expect(fake.loads).toEqual({ 'small:1b': 1, 'vectors:1b': 1 });
    const stays = new Set(fake.log.flatMap(({ body }) => (body?.keep_alive === undefined ? [] : [body.keep_alive])));
    expect(stays).not.toContain('-1');
  });
});
