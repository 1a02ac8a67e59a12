import { until } from '@tale/test-kit';
import { describe, expect, it } from 'vitest';
import { type CallEnd, createModelPool, type ModelPoolError, type PoolEvent } from '../../src/index.js';
import { startFakeOllama } from '../../src/testing/index.js';
import { smallAndLarge } from '../setup/open-pool.js';
import { openScripted, type ScriptedPool, type Turn } from '../setup/scripted-pool.js';

const stall: Turn = { tokens: 1, prefillMs: 30_000, code: 'stalled' };
const stalls = (count: number) => Array.from({ length: count }, () => stall);
const ends = (events: readonly PoolEvent[]) => events.filter((event): event is CallEnd => event.type === 'call-end');
const openMs = ({ pool }: Pick<ScriptedPool, 'pool'>) => pool.status().backends[0]?.openForMs ?? 0;
const failureOf = (call: Promise<unknown>) => call.catch((thrown: ModelPoolError) => thrown);
const ask = { role: 'ux', prompt: 'x' } as const;

/** A started pool whose server answers every question while `count` calls stalled. */
async function afterStalls(count: number): Promise<ScriptedPool> {
  const opened = await openScripted({ small: {}, large: {} });
  const { pool, settle, server } = opened;
  await settle(pool.start());
  await settle(pool.load('small'));
  server.plan('small', ...stalls(count));
  for (let index = 0; index < count; index += 1)
    expect(await settle(failureOf(pool.generate(ask)))).toMatchObject({ code: 'stalled' });
  return opened;
}

// @see https://github.com/ollama/ollama/issues/17408
describe('a server that answers every question and no call', () => {
  it('is given a rest after five calls, however often it says that it is well', async () => {
    await using opened = await afterStalls(5);
    const { pool, settle, server, clock } = opened;
    expect(openMs(opened)).toBeGreaterThan(1_000);
    await clock.advance(1_000);
    expect(pool.status().backends[0]).toMatchObject({ state: 'up', error: null });
    const asked = server.asked.length;
    expect(await settle(failureOf(pool.generate(ask)))).toMatchObject({ code: 'backend-down', retryable: true });
    expect(server.asked).toHaveLength(asked);
  });

  it('is not given one after four', async () => {
    await using opened = await afterStalls(4);
    expect(openMs(opened)).toBe(0);
  });

  it('rests twice as long when the probe fails too, and a call that is answered ends it', async () => {
    await using opened = await afterStalls(5);
    const { pool, settle, until: seen, server } = opened;
    await seen(() => openMs(opened) === 0);
    server.plan('small', stall);
    expect(await settle(failureOf(pool.generate(ask)))).toMatchObject({ code: 'stalled' });
    expect(openMs(opened)).toBeGreaterThan(3_500);
    await seen(() => openMs(opened) === 0);
    expect((await settle(pool.generate(ask))).end.status).toBe('ok');
    server.plan('small', ...stalls(4));
    for (let index = 0; index < 4; index += 1) await settle(failureOf(pool.generate(ask)));
    expect(openMs(opened)).toBe(0);
  });

  it('is not asked by calls that waited in the lane when it was given its rest', async () => {
    await using opened = await openScripted({ small: {}, large: {} });
    const { pool, settle, server, events } = opened;
    await settle(pool.load('small'));
    server.plan('small', ...stalls(9));
    const calls = Array.from({ length: 9 }, () => failureOf(pool.generate(ask)));
    const errors = (await settle(Promise.all(calls))) as ModelPoolError[];
    expect(errors.map(({ code }) => code)).toEqual([
      ...stalls(5).map(() => 'stalled'),
      ...Array(4).fill('backend-down'),
    ]);
    expect(errors.at(-1)).toMatchObject({ retryable: true, backend: 'server', details: { fault: 'breaker-open' } });
    expect(errors.at(-1)?.retryAfterMs).toBeGreaterThan(0);
    expect(server.asked).toHaveLength(5);
    // Who was not sent is an attempt all the same, and says nothing of the server.
    expect(ends(events)).toHaveLength(9);
    expect(pool.status().backends).toMatchObject([{ state: 'up', error: null }]);
    expect(openMs(opened)).toBeLessThanOrEqual(2_000);
  });

  it('and is started anew has a clean sheet as soon as it is seen again', async () => {
    await using opened = await afterStalls(5);
    const { pool, settle, until: seen, server, events } = opened;
    server.isDown = true;
    await seen(() => events.some(({ type }) => type === 'backend-down'));
    server.isDown = false;
    await seen(() => events.some(({ type }) => type === 'backend-up'));
    server.plan('small', stall);
    expect(await settle(failureOf(pool.generate(ask)))).toMatchObject({ code: 'stalled' });
    expect(openMs(opened)).toBe(0);
  });

  it('leaves its calls to another server', async () => {
    await using well = await startFakeOllama({ models: smallAndLarge });
    await using opened = await startFakeOllama({ models: smallAndLarge });
    await using pool = createModelPool({
      residency: { busyMs: 20, idleMs: 20 },
      health: { canaryMs: null },
      backends: { ill: { kind: 'ollama', url: opened.url }, well: { kind: 'ollama', url: well.url } },
      models: {
        first: { backend: 'ill', model: 'small:1b', contextTokens: 4096 },
        second: { backend: 'well', model: 'small:1b', contextTokens: 4096 },
      },
      roles: { ux: { candidates: ['first', 'second'] } },
    });
    await pool.start();
    await pool.load('first');
    await pool.load('second');
    await opened.set({ kind: 'empty', path: '/api/generate' });
    for (let index = 0; index < 5; index += 1)
      expect((await pool.generate(ask)).end).toMatchObject({ fallbackFrom: 'first', attempt: 2 });
    const looks = () => opened.log.filter(({ path }) => path === '/api/ps').length;
    const before = looks();
    await until('it was seen to be well', () => looks() > before + 2);
    expect(pool.status().backends[0]).toMatchObject({ name: 'ill', state: 'up' });
    expect((await pool.generate(ask)).end).toMatchObject({ fallbackFrom: null, attempt: 1, backend: 'well' });
  });
});
