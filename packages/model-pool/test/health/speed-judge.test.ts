import { manualClock, until } from '@tale/test-kit';
import { describe, expect, it } from 'vitest';
import { createModelPool, type ModelPoolOptions, type PoolEvent } from '../../src/index.js';
import { startFakeOllama } from '../../src/testing/index.js';
import { poolOptions, smallAndLarge } from '../setup/open-pool.js';
import { all, inMemory, modelOf, seen } from '../setup/pool-facts.js';

/** A pool and a fake on one clock that runs a hundred times as fast as the real one while calls are under way. */
async function open(more: Partial<ModelPoolOptions>, timing: { prefillMsPerToken?: number; tokensPerSecond?: number }) {
  const manual = manualClock();
  const clock = { ...manual, monotonicMs: manual.now };
  const fake = await startFakeOllama({ models: smallAndLarge, timing: { tokens: 4, ...timing }, clock });
  const pool = createModelPool({ ...poolOptions(fake.url, more), clock, health: { canaryMs: null } });
  const events: PoolEvent[] = [];
  pool.subscribe((event) => events.push(event));
  let isOver = false;
  const running = (async () => {
    while (!isOver) {
      await manual.advance(50);
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  })();
  return {
    fake,
    pool,
    events,
    async [Symbol.asyncDispose]() {
      const closed = pool.close();
      await closed;
      isOver = true;
      await running;
      await fake.close();
    },
  };
}

const slowness = (events: readonly PoolEvent[]) =>
  all(events, 'profile-drift').flatMap((event) => (event.reason === 'too-slow' ? [event] : []));

describe('a model that is too slow', () => {
  it('for ux is told once, after five warm answers that took a person longer than a second to see begin', async () => {
    await using opened = await open({}, { prefillMsPerToken: 1_500 });
    const { pool, events } = opened;
    await pool.start();
    await until('ux is there', () => seen(events, 'model-ready', 'small'));
    for (let count = 0; count < 4; count += 1) await pool.generate({ role: 'ux', prompt: 'x' });
    await pool.load('large'); // a round passes
    expect(slowness(events)).toEqual([]);
    for (let count = 0; count < 4; count += 1) await pool.generate({ role: 'ux', prompt: 'x' });
    await until('told', () => slowness(events)[0]);
    expect(slowness(events)).toMatchObject([{ name: 'small', role: 'ux', limit: 1_000, steppedDownTo: null }]);
    expect(slowness(events)[0]?.measured).toBeGreaterThan(1_000);
    expect(modelOf(pool, 'small')).toMatchObject({ drift: { tooSlowFor: ['ux'] } });
    expect(modelOf(pool, 'small').firstTokenMs).toBeGreaterThan(1_000);
  });

  it('steps down where its role allows it: the next candidate is loaded, the slow one may leave', async () => {
    await using opened = await open(
      { roles: { ux: { candidates: ['large', 'small'], stepDown: true }, planning: { candidates: ['large'] } } },
      { prefillMsPerToken: 1_500 },
    );
    const { pool, fake, events } = opened;
    await pool.start();
    await until('ux is there', () => seen(events, 'model-ready', 'large'));
    for (let count = 0; count < 5; count += 1) await pool.generate({ role: 'ux', prompt: 'x' });
    await until('the next one is there', () => seen(events, 'model-ready', 'small'));
    expect(slowness(events)).toMatchObject([{ name: 'large', role: 'ux', steppedDownTo: 'small' }]);
    expect((await pool.generate({ role: 'ux', prompt: 'x' })).end.model).toBe('small:1b');
    expect(modelOf(pool, 'small').resident).toBe('always');
    await until('the slow one is on demand', () => modelOf(pool, 'large').resident === 'on-demand');
    expect(inMemory(fake)).toContain('small:1b');
  });

  it('for planning is told after five answers at less than three tokens a second', async () => {
    await using opened = await open({}, { tokensPerSecond: 2 });
    const { pool, events } = opened;
    await pool.start();
    for (let count = 0; count < 5; count += 1) await pool.generate({ role: 'planning', prompt: 'x' });
    await until('told', () => slowness(events)[0]);
    expect(slowness(events)).toMatchObject([{ name: 'large', role: 'planning', limit: 3 }]);
    expect(slowness(events)[0]?.measured).toBeLessThan(3);
  });
});
