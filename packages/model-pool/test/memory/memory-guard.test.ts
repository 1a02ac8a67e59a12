import { seededRandom, until } from '@tale/test-kit';
import { describe, expect, it } from 'vitest';
import {
  createModelPool,
  estimateNeedBytes,
  type MemoryEstimate,
  type MemoryReading,
  type ModelPoolOptions,
} from '../../src/index.js';
import { startFakeOllama } from '../../src/testing/index.js';
import { openPool } from '../setup/open-pool.js';
import { all, inMemory, modelOf } from '../setup/pool-facts.js';

const gigabyte = 1_000_000_000;
const residency = { busyMs: 20, idleMs: 20 };

/** Six models on demand of 1 to 6 GB, for no role. */
const six = Array.from({ length: 6 }, (_, index) => ({ model: `model-${index}:1b`, bytes: (index + 1) * gigabyte }));
const onDemand = (budget: number, more: Partial<ModelPoolOptions> = {}): Partial<ModelPoolOptions> => ({
  memory: { budget },
  models: Object.fromEntries(six.map(({ model }) => [model, { backend: 'fake', model, contextTokens: 2048 }] as const)),
  roles: { planning: { candidates: six.map(({ model }) => model) } },
  ...more,
});

describe('the budget', () => {
  it('MODEL-POOL-9: is never exceeded in 1,000 random steps, with sizes that differ from what was estimated', async () => {
    const random = seededRandom(11);
    const budget = 12 * gigabyte;
    // What a load holds in truth: up to 15 % below the estimate before the first load.
    const models = six.map((model) => {
      const needBytes = estimateNeedBytes({ bytes: model.bytes, kvBytesPerToken: null }, 2048);
      return { ...model, memoryBytes: Math.round(needBytes * (0.87 + 0.13 * random())) };
    });
    const bytesOf = new Map(models.map(({ model, memoryBytes }) => [model, memoryBytes]));
    await using opened = await openPool(onDemand(budget), { models, maxModels: 6 });
    const { pool, fake } = opened;
    const counts = { loaded: 0, refused: 0 };
    const names = six.map(({ model }) => model);
    for (let step = 0; step < 1_000; step += 1) {
      const name = names[Math.floor(random() * names.length)] as string;
      const kind = random();
      const act = (): Promise<unknown> => {
        if (kind < 0.5) return pool.load(name);
        if (kind < 0.6) return pool.unload(name);
        if (kind < 0.7) return Promise.resolve(fake.evict(name));
        if (kind < 0.8) return Promise.allSettled(names.slice(0, 3).map((other) => pool.load(other)));
        return pool.generate({ role: 'planning', prompt: 'x', maxOutputTokens: 1 });
      };
      await act().then(
        () => (counts.loaded += 1),
        (error: { code?: string }) => {
          expect(error.code).toBe('memory-insufficient');
          counts.refused += 1;
        },
      );
      const held = fake.resident().reduce((sum, { model }) => sum + (bytesOf.get(model) ?? 0), 0);
      expect(held, `step ${step}: ${inMemory(fake).join(', ')}`).toBeLessThanOrEqual(budget);
    }
    expect(counts.loaded).toBeGreaterThan(900);
    expect(Object.values(fake.loads).reduce((sum, count) => sum + count, 0)).toBeGreaterThan(200);
  }, 60_000);

  it('two loads at the same time do not count on the same place', async () => {
    await using opened = await openPool(onDemand(8 * gigabyte), { models: six, maxModels: 6, timing: { loadMs: 50 } });
    const { pool, fake } = opened;
    const outcomes = await Promise.allSettled(['model-4:1b', 'model-5:1b'].map((name) => pool.load(name)));
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
    expect(inMemory(fake)).toEqual(['model-4:1b']);
  });

  it('is one sum over all servers of this machine', async () => {
    await using first = await startFakeOllama({ models: [{ model: 'a:1b', bytes: 5 * gigabyte }] });
    await using second = await startFakeOllama({ models: [{ model: 'b:1b', bytes: 5 * gigabyte }] });
    await using pool = createModelPool({
      backends: { first: { kind: 'ollama', url: first.url }, second: { kind: 'ollama', url: second.url } },
      models: {
        a: { backend: 'first', model: 'a:1b', contextTokens: 2048 },
        b: { backend: 'second', model: 'b:1b', contextTokens: 2048 },
      },
      roles: { ux: { candidates: ['a'] }, planning: { candidates: ['b'] } },
      memory: { budget: 9 * gigabyte },
    });
    await pool.load('a');
    await expect(pool.load('b')).rejects.toMatchObject({ code: 'memory-insufficient' });
    expect(pool.status().memory).toMatchObject({ source: 'configured', heldBytes: expect.any(Number) });
  });

  it('counts what other clients loaded, says so once, and never takes it out', async () => {
    const models = [...six, { model: 'theirs:1b', bytes: 7 * gigabyte }];
    await using opened = await openPool(onDemand(6 * gigabyte, { residency }), { models, maxModels: 6 });
    const { pool, fake, events } = opened;
    await pool.start();
    await fetch(`${fake.url}/api/generate`, {
      method: 'POST',
      body: JSON.stringify({ model: 'theirs:1b', stream: false }),
    });
    await until('told', () => all(events, 'decision').some(({ kind }) => kind === 'strangers'));
    await expect(pool.load('model-0:1b')).rejects.toMatchObject({ code: 'memory-insufficient' });
    expect(pool.status().memory).toMatchObject({
      isExceeded: true,
      heldBytes: 7 * gigabyte,
      strangers: [{ backend: 'fake', model: 'theirs:1b', bytes: 7 * gigabyte }],
    });
    expect(inMemory(fake)).toEqual(['theirs:1b']);
    await until('some rounds', () => fake.log.filter(({ path }) => path === '/api/ps').length > 10);
    expect(all(events, 'decision').filter(({ kind }) => kind === 'strangers')).toHaveLength(1);
  });

  it('is measured anew before each load, and what our models hold is added back', async () => {
    const reading: MemoryReading = {
      platform: 'linux',
      totalBytes: 100 * gigabyte,
      availableBytes: 0,
      cgroupLimitBytes: null,
      cgroupUsedBytes: null,
      gpuFreeBytes: null,
    };
    let availableBytes = 9.5 * gigabyte;
    const read = async () => ({ ...reading, availableBytes });
    await using opened = await openPool(onDemand(0, { memory: { budget: 'auto', read } }), {
      models: six,
      maxModels: 6,
    });
    const { pool } = opened;
    await pool.load('model-4:1b');
    availableBytes = 4.5 * gigabyte;
    await expect(pool.load('model-2:1b')).resolves.toMatchObject({ state: 'resident' });
    expect(pool.status().memory).toMatchObject({ source: 'cpu', budgetBytes: 8 * gigabyte });
    expect(inMemory(opened.fake)).toEqual(['model-2:1b']);
    availableBytes = 2 * gigabyte;
    await expect(pool.load('model-5:1b')).rejects.toMatchObject({
      code: 'memory-insufficient',
      details: { budgetBytes: 3.5 * gigabyte, heldBytes: 3 * gigabyte },
      retryable: true,
    });
  });

  it('says that a model which the whole machine does not hold never fits', async () => {
    const totalBytes = 8 * gigabyte; // of which models get three quarters
    const limits = { cgroupLimitBytes: null, cgroupUsedBytes: null, gpuFreeBytes: null };
    const read = async () => ({ platform: 'linux', totalBytes, availableBytes: 7 * gigabyte, ...limits });
    await using opened = await openPool(onDemand(0, { memory: { budget: 'auto', read } }), { models: six });
    await expect(opened.pool.load('model-5:1b')).rejects.toMatchObject({
      ...{ code: 'memory-insufficient', retryable: false },
      hint: expect.not.stringContaining('free memory'),
    });
  });

  it('leaves alone a model that a call uses', async () => {
    await using opened = await openPool(onDemand(7 * gigabyte), {
      models: six,
      maxModels: 6,
      timing: { tokens: 1_000, tokensPerSecond: 100 },
    });
    const { pool, fake } = opened;
    const controller = new AbortController();
    const call = pool
      .generate({ role: 'planning', prompt: 'x', signal: controller.signal })
      .catch((error: { code: string }) => error.code);
    await until('at work', () => fake.slots()['model-0:1b'] === 1);
    await expect(pool.load('model-5:1b')).rejects.toMatchObject({ code: 'memory-insufficient' });
    controller.abort();
    expect(await call).toBe('aborted');
    await expect(pool.load('model-5:1b')).resolves.toMatchObject({ state: 'resident' });
    expect(inMemory(fake)).toEqual(['model-5:1b']);
  });

  it('MODEL-POOL-9: counts a model that was taken out in the middle of a call, until its server was seen without it', async () => {
    await using opened = await openPool(onDemand(7 * gigabyte), {
      models: six,
      maxModels: 6,
      timing: { tokens: 1_000, tokensPerSecond: 100 },
    });
    const { pool, fake } = opened;
    const controller = new AbortController();
    const call = pool
      .generate({ role: 'planning', prompt: 'x', signal: controller.signal })
      .catch((error: { code: string }) => error.code);
    await until('at work', () => fake.slots()['model-0:1b'] === 1);
    await pool.unload('model-0:1b');
    expect(pool.status().models.find(({ model }) => model === 'model-0:1b')?.state).toBe('absent');
    await expect(pool.load('model-5:1b')).rejects.toMatchObject({ code: 'memory-insufficient' });
    controller.abort();
    expect(await call).toBe('aborted');
    await until('out of memory', () => inMemory(fake).length === 0);
    await expect(pool.load('model-5:1b')).resolves.toMatchObject({ state: 'resident' });
  });
});

describe('learnt sizes', () => {
  it('replace the estimate after the first load, and are kept for the next pool', async () => {
    let kept: readonly MemoryEstimate[] = [];
    const estimates = {
      load: async () => kept,
      save: async (given: readonly MemoryEstimate[]) => {
        kept = given;
      },
    };
    const memoryBytes = 2_050_000_000;
    const models = [{ model: 'model-1:1b', bytes: 2 * gigabyte, memoryBytes }, ...six.slice(2)];
    const options = onDemand(0, { residency, memory: { budget: 20 * gigabyte, estimates } });
    {
      await using opened = await openPool(options, { models });
      const { pool } = opened;
      await pool.start();
      const priorBytes = modelOf(pool, 'model-1:1b').needBytes ?? 0;
      expect(priorBytes).toBeGreaterThan(memoryBytes * 1.05);
      await pool.load('model-1:1b');
      await until('measured', () => modelOf(pool, 'model-1:1b').memoryBytes);
      expect(modelOf(pool, 'model-1:1b').needBytes).toBe(Math.round(memoryBytes * 1.02));
    }
    expect(kept).toMatchObject([{ contextTokens: 2048, slots: 1, meanBytes: memoryBytes, loads: 1 }]);
    await using opened = await openPool(options, { models });
    await opened.pool.start();
    expect(modelOf(opened.pool, 'model-1:1b').needBytes).toBe(Math.round(memoryBytes * 1.02));
  });

  it('are those of our own shape: a context of another client teaches nothing', async () => {
    await using opened = await openPool(onDemand(20 * gigabyte, { residency }), { models: six, maxModels: 6 });
    const { pool, fake } = opened;
    await pool.start();
    const before = modelOf(pool, 'model-1:1b').needBytes;
    await fake.reload('model-1:1b', 8192);
    await until('seen', () => modelOf(pool, 'model-1:1b').memoryBytes);
    expect(modelOf(pool, 'model-1:1b').needBytes).toBe(before);
  });
});
