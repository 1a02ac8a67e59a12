import { seededRandom, until } from '@tale/test-kit';
import { describe, expect, it } from 'vitest';
import { replayLog } from '../../src/decisions/replay.js';
import { openPool } from '../setup/open-pool.js';
import { all, inMemory, modelOf } from '../setup/pool-facts.js';

const weighing = [
  { model: 'small:1b', bytes: 1_000_000_000, memoryBytes: 1_350_000_000 },
  { model: 'large:8b', bytes: 5_000_000_000, memoryBytes: 5_900_000_000 },
];

/** Whatever happens to the server: in the end ux is in memory, nothing hangs, and every attempt has its end. */
describe('after 200 random steps', () => {
  for (const [seed, swap] of [
    [1, 'refuse'],
    [2, 'refuse'],
    [3, 'allow'],
    [4, 'allow'],
  ] as const) {
    it(`ux is in memory, calls are answered, and nothing is left over (seed ${seed}, turns: ${swap})`, async () => {
      const random = seededRandom(seed);
      await using opened = await openPool(
        {
          residency: { busyMs: 5, idleMs: 5, restoreAfterMs: 20, swap },
          memory: { budget: swap === 'allow' ? 6_500_000_000 : 8_000_000_000 },
          health: { canaryMs: 15 },
          timers: { loadMinMs: 2_000, loadMaxMs: 2_000, firstTokenMinMs: 2_000 },
          random,
        },
        { models: weighing, timing: { loadMs: 3, tokens: 3 }, maxModels: 2 },
      );
      const { pool, fake, events } = opened;
      await pool.start();
      const names = ['small', 'large'] as const;
      const models = ['small:1b', 'large:8b'] as const;
      const pick = <Item>(items: readonly Item[]) => items[Math.floor(random() * items.length)] as Item;
      const running: Promise<unknown>[] = [];
      const steps: readonly (() => unknown)[] = [
        () => pool.generate({ role: 'ux', prompt: 'x' }),
        () => pool.generate({ role: 'planning', prompt: 'x' }),
        () => pool.generate({ role: 'planning', prompt: 'x', signal: AbortSignal.timeout(Math.ceil(random() * 10)) }),
        () => pool.load(pick(names)),
        () => pool.unload(pick(names)),
        () => fake.evict(pick(models)),
        () => fake.reload(pick(models), pick([2048, 4096, 8192])),
        () => fake.runOutOfMemory(),
        () => fake.restart(Math.floor(random() * 10)),
        () => fake.changeDigest(pick(models)),
      ];
      for (let step = 0; step < 200; step += 1) {
        running.push(Promise.resolve(pick(steps)()).catch(() => {}));
        if (random() < 0.5) await Promise.race([running.at(-1), fake.reload('large:8b', 4096)]);
      }
      await Promise.all(running);
      await until(
        'ux is there',
        () => inMemory(fake).includes('small:1b') && modelOf(pool, 'small').state === 'resident',
      );
      expect((await pool.generate({ role: 'ux', prompt: 'x' })).end.status).toBe('ok');
      expect((await pool.generate({ role: 'planning', prompt: 'x' })).end.status).toBe('ok');
      const { lanes } = pool.status();
      await pool.close();
      expect(lanes.filter(({ lane }) => lane !== 'background')).toEqual([
        { lane: 'ux', waiting: 0, running: 0 },
        { lane: 'planning', waiting: 0, running: 0 },
      ]);
      const ends = all(events, 'call-end').map(({ callId }) => callId);
      expect(new Set(ends).size).toBe(ends.length);
      expect(new Set(all(events, 'call-start').map(({ callId }) => callId))).toEqual(new Set(ends));
      expect(replayLog(all(events, 'decision'))).toEqual([]);
    }, 60_000);
  }
});
