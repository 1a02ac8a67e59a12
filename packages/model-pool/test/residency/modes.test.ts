import { until } from '@tale/test-kit';
import { describe, expect, it } from 'vitest';
import type { ModelPoolOptions } from '../../src/index.js';
import { openPool } from '../setup/open-pool.js';
import { all, inMemory, modelOf, seen } from '../setup/pool-facts.js';

const models = [
  { model: 'small:1b', bytes: 1_000_000_000, memoryBytes: 1_350_000_000 },
  { model: 'large:8b', bytes: 5_000_000_000, memoryBytes: 5_900_000_000 },
];
/** They need 1.4 and 6 GB by estimate. */
const both = 8_000_000_000;
const oneOfThem = 6_500_000_000;
const options = (budget: number, more: ModelPoolOptions['residency'] = {}): Partial<ModelPoolOptions> => ({
  memory: { budget },
  residency: { busyMs: 20, idleMs: 20, restoreAfterMs: 200, ...more },
});

describe('the mode', () => {
  it('is together where both fit, with the numbers', async () => {
    await using opened = await openPool(options(both), { models });
    const { pool, events } = opened;
    await pool.start();
    await until('ux is there', () => seen(events, 'model-ready', 'small'));
    await pool.generate({ role: 'planning', prompt: 'x' });
    expect(pool.status()).toMatchObject({ mode: 'together', residency: { fits: true, standIn: null } });
    expect(pool.status().residency.reason).toMatch(/small needs \d\.\d GB and large \d\.\d GB of 8\.0 GB/);
    expect(inMemory(opened.fake)).toEqual(['large:8b', 'small:1b']);
  });

  it('MODEL-POOL-9: refuses planning with the numbers where both do not fit and turns are not allowed', async () => {
    await using opened = await openPool(options(oneOfThem), { models });
    const { pool, fake, events } = opened;
    await pool.start();
    await until('ux is there', () => seen(events, 'model-ready', 'small'));
    await until('seen', () => modelOf(pool, 'small').memoryBytes);
    await expect(pool.generate({ role: 'planning', prompt: 'x' })).rejects.toMatchObject({
      code: 'memory-insufficient',
      retryable: false,
      hint: expect.stringMatching(/let a smaller model than small \(1\.4 GB\) stay; or raise the budget to \d\.\d GB/),
      details: { budgetBytes: oneOfThem, heldBytes: 1_350_000_000, needBytes: expect.any(Number) },
    });
    expect(pool.status()).toMatchObject({ mode: 'refuse', residency: { fits: false } });
    expect(inMemory(fake)).toEqual(['small:1b']);
    const refused = all(events, 'decision').find(({ kind }) => kind === 'memory');
    expect(refused).toMatchObject({ chosen: null, rejected: [{ option: 'large' }] });
  });

  it('is single where one model serves both roles', async () => {
    await using opened = await openPool({
      roles: { ux: { candidates: ['small'] }, planning: { candidates: ['small'] } },
    });
    expect(opened.pool.status()).toMatchObject({ mode: 'single' });
  });
});

it('the mode follows what is learnt: two that hold less than was estimated are together', async () => {
  const light = models.map((model) => ({ ...model, memoryBytes: model.bytes }));
  await using opened = await openPool(options(oneOfThem, { swap: 'allow' }), { models: light });
  const { pool, fake, events } = opened;
  await pool.start();
  await until('ux is there', () => seen(events, 'model-ready', 'small'));
  expect(pool.status().mode).toBe('swap');
  await pool.generate({ role: 'planning', prompt: 'x' });
  await until('both are there', () => inMemory(fake).length === 2);
  await until('learnt', () => pool.status().mode === 'together');
  expect(pool.status().residency.fits).toBe(true);
});

describe('taking turns', () => {
  it('ux leaves for work, planning answers people meanwhile, and ux comes back', async () => {
    await using opened = await openPool(options(oneOfThem, { swap: 'allow' }), {
      models,
      timing: { tokens: 30, tokensPerSecond: 100 },
    });
    const { pool, fake, events } = opened;
    await pool.start();
    await until('ux is there', () => seen(events, 'model-ready', 'small'));
    expect(pool.status().mode).toBe('swap');
    const work = pool.generate({ role: 'planning', prompt: 'x' });
    await until('planning is there', () => seen(events, 'model-ready', 'large'));
    expect(inMemory(fake)).toEqual(['large:8b']);
    expect(seen(events, 'model-evict', 'small')).toMatchObject({ reason: 'swap' });
    expect(modelOf(pool, 'small')).toMatchObject({ state: 'absent', heldBackBy: 'large' });
    expect(pool.status().residency.standIn).toBe('large');
    const { end } = await pool.generate({ role: 'ux', prompt: 'y' });
    expect(end).toMatchObject({ status: 'ok', lane: 'ux', model: 'large:8b' });
    await work;
    await until('ux is back', () => seen(events, 'residency-restore', 'small'));
    expect(inMemory(fake)).toEqual(['small:1b']);
    expect(seen(events, 'model-evict', 'large')).toMatchObject({ reason: 'memory' });
    expect((await pool.generate({ role: 'ux', prompt: 'y' })).end.model).toBe('small:1b');
    expect(all(events, 'decision').map(({ kind }) => kind)).toEqual(expect.arrayContaining(['mode', 'swap', 'memory']));
  });

  it('a short call waits until a swap pays; those that come along are served with the same swap', async () => {
    await using opened = await openPool(options(oneOfThem, { swap: 'allow', restoreAfterMs: 50 }), {
      models,
      timing: { loadMs: 150, tokens: 2 },
    });
    const { pool, fake, events } = opened;
    await pool.start();
    await until('ux is there', () => seen(events, 'model-ready', 'small'));
    await pool.generate({ role: 'planning', prompt: 'x' });
    await until('ux is back', () => seen(events, 'residency-restore', 'small'));
    const startedMs = performance.now();
    const first = pool.generate({ role: 'planning', prompt: 'x' });
    await until('it waits', () => modelOf(pool, 'large').state === 'loading');
    expect(inMemory(fake)).toEqual(['small:1b']);
    const others = Array.from({ length: 4 }, () => pool.generate({ role: 'planning', prompt: 'x' }));
    await Promise.all([first, ...others]);
    expect(performance.now() - startedMs).toBeGreaterThan(200);
    expect(fake.loads['large:8b']).toBe(2);
  });

  it('a model that was pinned by hand does not take part', async () => {
    await using opened = await openPool(options(oneOfThem, { swap: 'allow' }), { models });
    const { pool, fake } = opened;
    await pool.start();
    await pool.pin('small');
    await expect(pool.generate({ role: 'planning', prompt: 'x' })).rejects.toMatchObject({
      code: 'memory-insufficient',
    });
    expect(inMemory(fake)).toEqual(['small:1b']);
  });
});

describe('who stays', () => {
  it('planning stays too where its role says so, and both are there before any request', async () => {
    await using opened = await openPool(
      {
        ...options(both),
        roles: { ux: { candidates: ['small'] }, planning: { candidates: ['large'], resident: 'always' } },
      },
      { models },
    );
    const { pool, fake, events } = opened;
    await pool.start();
    await until('both are there', () => inMemory(fake).length === 2);
    fake.evict('large:8b');
    await until('planning is back', () => seen(events, 'residency-restore', 'large'));
    expect(fake.resident().every(({ expiresAtMs }) => expiresAtMs > Date.now() + 1e10)).toBe(true);
  });

  it('a model that is pinned stays for ever from then on, also for its server', async () => {
    await using opened = await openPool(options(both), { models });
    const { pool, fake } = opened;
    await pool.start();
    await pool.load('large');
    const until10m = fake.resident().find(({ model }) => model === 'large:8b')?.expiresAtMs ?? 0;
    expect(until10m).toBeLessThan(Date.now() + 700_000);
    expect(await pool.pin('large')).toMatchObject({ resident: 'always', state: 'resident' });
    await pool.generate({ role: 'planning', prompt: 'x' });
    expect(fake.resident().every(({ expiresAtMs }) => expiresAtMs > Date.now() + 1e10)).toBe(true);
  });

  it('a second candidate that helped out stays no longer than any other model once the first is there', async () => {
    await using opened = await openPool(
      {
        ...options(both),
        roles: { ux: { candidates: ['large', 'small'] }, planning: { candidates: ['large'] } },
      },
      { models: [{ model: 'small:1b' }], pullable: [{ model: 'large:8b', bytes: 5_000_000_000 }] },
    );
    const { pool, fake, events } = opened;
    await pool.start();
    await until('the second is there', () => seen(events, 'model-ready', 'small'));
    expect(modelOf(pool, 'small').resident).toBe('always');
    await pool.pull('large');
    await until('the first is there', () => seen(events, 'model-ready', 'large'));
    await until('the second may leave', () =>
      fake.resident().some(({ model, expiresAtMs }) => model === 'small:1b' && expiresAtMs < Date.now() + 700_000),
    );
    expect(modelOf(pool, 'small').resident).toBe('on-demand');
    expect(modelOf(pool, 'large').resident).toBe('always');
  });
});

describe('close', () => {
  it('leaves models loaded, unless it is told to take them out', async () => {
    await using opened = await openPool(options(both), { models });
    await opened.pool.load('large');
    await opened.pool.close();
    expect(inMemory(opened.fake)).toEqual(['large:8b']);
    await using other = await openPool(options(both), { models });
    await other.pool.load('large');
    await other.pool.load('small');
    await other.pool.close({ unloadOnClose: true });
    expect(inMemory(other.fake)).toEqual([]);
  });
});
