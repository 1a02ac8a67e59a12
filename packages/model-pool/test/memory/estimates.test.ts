import { seededRandom } from '@tale/test-kit';
import { describe, expect, it } from 'vitest';
import { learnSize, learntNeedBytes, type ModelShape, SizeMemory } from '../../src/memory/estimates.js';
import { silentLogger } from '../../src/system.js';
import type { MemoryEstimate } from '../../src/types.js';

const shape: ModelShape = { digest: 'abc', contextTokens: 8192, slots: 1 };
const learnAll = (...sizes: number[]) =>
  sizes.reduce<MemoryEstimate | null>((known, bytes) => learnSize(known, shape, bytes), null) as MemoryEstimate;

describe('learnSize', () => {
  it('the first load is the mean, later ones weigh 0.3', () => {
    expect(learnAll(100)).toEqual({ ...shape, meanBytes: 100, sigmaBytes: 0, loads: 1 });
    expect(learnAll(100, 110).meanBytes).toBeCloseTo(103);
    expect(learnAll(100, 110).sigmaBytes).toBeCloseTo(Math.sqrt(0.7 * 0.3 * 100));
    expect(learnAll(100, 110, 100).loads).toBe(3);
  });
  it('the need is the mean and two error bars, which are never below a hundredth', () => {
    expect(learntNeedBytes(learnAll(1000))).toBe(1020);
    expect(learntNeedBytes({ ...shape, meanBytes: 1000, sigmaBytes: 50, loads: 9 })).toBe(1100);
  });
  it('after three loads the need is at most 5 % off, with sizes that differ by up to 1 %', () => {
    const random = seededRandom(7);
    for (let model = 0; model < 500; model += 1) {
      const trueBytes = 1e8 * (1 + 100 * random());
      const sizes = [1, 2, 3].map(() => trueBytes * (0.99 + 0.02 * random()));
      const needBytes = learntNeedBytes(learnAll(...sizes));
      expect(Math.abs(needBytes / trueBytes - 1), `${sizes.join(', ')} of ${trueBytes}`).toBeLessThan(0.05);
    }
  });
  it('a model that grew is followed', () => {
    expect(learntNeedBytes(learnAll(100, 200))).toBeGreaterThan(200);
    expect(learnAll(100, 200, 200, 200, 200, 200).meanBytes).toBeGreaterThan(180);
  });
});

describe('SizeMemory', () => {
  it('what was learnt is kept and found again by another pool', async () => {
    let kept: readonly MemoryEstimate[] = [];
    const port = {
      load: async () => kept,
      save: async (estimates: readonly MemoryEstimate[]) => {
        kept = estimates;
      },
    };
    const first = new SizeMemory(port, silentLogger);
    await first.load();
    first.learn(shape, 1e9);
    first.learn({ ...shape, slots: 2 }, 2e9);
    await first.saved();
    expect(kept).toHaveLength(2);
    const second = new SizeMemory(port, silentLogger);
    await second.load();
    expect(second.find(shape)).toMatchObject({ meanBytes: 1e9, loads: 1 });
    expect(second.find({ ...shape, contextTokens: 4096 })).toBeNull();
  });

  it('saves follow one another, and the last one has everything', async () => {
    const saves: (readonly MemoryEstimate[])[] = [];
    let release = () => {};
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    const sizes = new SizeMemory(
      {
        load: async () => [],
        save: async (estimates) => {
          saves.push(estimates);
          if (saves.length === 1) await gate;
        },
      },
      silentLogger,
    );
    sizes.learn(shape, 1);
    await Promise.resolve();
    await Promise.resolve();
    for (let slots = 2; slots < 10; slots += 1) sizes.learn({ ...shape, slots }, slots);
    release();
    await sizes.saved();
    expect(saves.map(({ length }) => length)).toEqual([1, 9]);
  });

  it('a place that fails costs only what was learnt, and says so', async () => {
    const warnings: string[] = [];
    const logger = { ...silentLogger, warn: (_: object, message: string) => warnings.push(message) };
    const fail = () => Promise.reject(new Error('no disk'));
    const sizes = new SizeMemory({ load: fail, save: fail }, logger);
    await sizes.load();
    sizes.learn(shape, 1e9);
    await sizes.saved();
    expect(sizes.find(shape)).toMatchObject({ meanBytes: 1e9 });
    expect(warnings).toHaveLength(2);
  });

  it('what is kept by others is read with care', async () => {
    const good = { ...shape, meanBytes: 1, sigmaBytes: 0, loads: 1 };
    const kept = [
      good,
      { ...good, slots: 0 },
      { ...good, slots: 2, meanBytes: Number.NaN },
      { ...good, slots: 3, sigmaBytes: -1 },
    ];
    const sizes = new SizeMemory({ load: async () => kept, save: async () => {} }, silentLogger);
    await sizes.load();
    expect([1, 0, 2, 3].map((slots) => sizes.find({ ...shape, slots })?.loads)).toEqual([
      1,
      undefined,
      undefined,
      undefined,
    ]);
  });

  it('takes over no more than it keeps, the newest ones', async () => {
    const kept = Array.from({ length: 300 }, (_, index) => ({
      ...{ ...shape, slots: index + 1 },
      ...{ meanBytes: 1, sigmaBytes: 0, loads: 1 },
    }));
    const sizes = new SizeMemory({ load: async () => kept, save: async () => {} }, silentLogger);
    await sizes.load();
    expect(kept.filter((estimate) => sizes.find(estimate) !== null)).toEqual(kept.slice(-256));
  });

  it('nothing is learnt from a size of 0, and the oldest of more than 256 is forgotten', () => {
    const sizes = new SizeMemory(null, silentLogger);
    sizes.learn(shape, 0);
    expect(sizes.find(shape)).toBeNull();
    for (let slots = 1; slots <= 257; slots += 1) sizes.learn({ ...shape, slots }, 1);
    expect(sizes.find({ ...shape, slots: 1 })).toBeNull();
    expect(sizes.find({ ...shape, slots: 257 })).not.toBeNull();
  });
});
