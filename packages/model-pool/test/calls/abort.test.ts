import { seededRandom, until } from '@tale/test-kit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type CallEnd,
  type CallEvent,
  type CallGate,
  createModelPool,
  type ModelPool,
  type ModelPoolError,
} from '../../src/index.js';
import { type FakeFaultKind, type FakeOllama, fakeFaultGroups } from '../../src/testing/index.js';
import { openPool } from '../setup/open-pool.js';

const timers = { firstTokenMinMs: 2_000, stallMs: 2_000, loadMinMs: 500, loadMaxMs: 2_000 };

const loadOf = (fake: FakeOllama) =>
  fake.log.find(({ path, body }) => path === '/api/generate' && body?.prompt === undefined);

/** Aborts once `when` holds after an event. */
async function abortWhen(
  pool: ModelPool,
  when: (event: CallEvent) => boolean | Promise<unknown>,
  prompt = 'x [tokens=500] [rate=100]',
) {
  const controller = new AbortController();
  const events: CallEvent[] = [];
  const reason = new Error('mine');
  let error: ModelPoolError | null = null;
  try {
    for await (const event of pool.call({ role: 'planning', prompt, signal: controller.signal })) {
      events.push(event);
      const answer = when(event);
      if (answer === true) controller.abort(reason);
      else if (answer !== false) void answer.then(() => controller.abort(reason));
    }
  } catch (thrown) {
    error = thrown as ModelPoolError;
  }
  expect(error).toMatchObject({ code: 'aborted', retryable: false, cause: reason });
  const ends = events.filter((event): event is CallEnd => event.type === 'call-end');
  expect(events.filter(({ type }) => type === 'call-start')).toHaveLength(ends.length);
  return { events, ends };
}

describe('MODEL-POOL-5: an abort in each state', () => {
  it('queued: the place is free at once and nothing was sent', async () => {
    await using opened = await openPool({ timers });
    const { pool, fake } = opened;
    const first = pool.call({ role: 'planning', prompt: 'x [tokens=500] [rate=100]' });
    await first.next();
    const { events, ends } = await abortWhen(pool, ({ type }) => type === 'call-queued');
    expect(events.map(({ type }) => type)).toEqual(['call-queued']);
    expect(ends).toEqual([]);
    expect(pool.status().lanes.find(({ lane }) => lane === 'planning')).toEqual({
      lane: 'planning',
      waiting: 0,
      running: 1,
    });
    await first.return?.();
    expect(fake.log.filter(({ body }) => body?.prompt !== undefined).length).toBeLessThanOrEqual(1);
  });

  it('loading: the caller leaves, and the load nobody waits for ends', async () => {
    await using opened = await openPool({ timers }, { timing: { loadMs: 5_000 } });
    const { pool, fake } = opened;
    const { ends } = await abortWhen(
      pool,
      ({ type }) => type === 'model-load' && until('the load', () => loadOf(fake)),
    );
    expect(ends).toMatchObject([
      {
        status: 'aborted',
        usage: { inputTokens: 0, outputTokens: 0, source: 'estimated' },
        timing: { prefillMs: null },
      },
    ]);
    expect(ends[0]!.timing.loadMs).not.toBeNull();
    await until('the load was left', () => loadOf(fake)?.end === 'aborted');
    expect(pool.status().models.find(({ name }) => name === 'large')?.state).toBe('absent');
  });

  it('prefill: the socket is closed and the prompt is estimated', async () => {
    await using opened = await openPool({ timers }, { timing: { prefillMsPerToken: 300 } });
    const { pool, fake } = opened;
    await pool.load('large');
    const { ends } = await abortWhen(
      pool,
      ({ type }) => type === 'call-start' && until('prefill', () => fake.slots()['large:8b'] === 1),
      'one two three',
    );
    expect(ends).toMatchObject([
      {
        status: 'aborted',
        usage: { inputTokens: 4, outputTokens: 0, source: 'estimated' },
        timing: { decodeMs: null },
      },
    ]);
    await until('the slot is free', () => fake.slots()['large:8b'] === 0);
    expect(fake.log.at(-1)).toMatchObject({ end: 'aborted', outputTokens: 0 });
    const next = await pool.generate({ role: 'planning', prompt: 'x [tokens=1]' });
    expect(next.end.status).toBe('ok');
  });

  it('decode: the socket is closed, the slot is free, the text is counted', async () => {
    await using opened = await openPool({ timers });
    const { pool, fake } = opened;
    let count = 0;
    const { ends } = await abortWhen(pool, ({ type }) => type === 'text-delta' && ++count === 4);
    expect(ends).toMatchObject([{ status: 'aborted', usage: { source: 'partial' }, error: { code: 'aborted' } }]);
    expect(ends[0]!.usage.outputTokens).toBeGreaterThanOrEqual(4);
    await until('the slot is free', () => fake.slots()['large:8b'] === 0);
    expect(fake.log.at(-1)?.end).toBe('aborted');
  });

  it('gate: nothing is sent, and a gate that let it pass settles it', async () => {
    let pass = () => {};
    const settled: CallEnd[] = [];
    const gate: CallGate = {
      begin: () =>
        new Promise((resolve) => {
          pass = () => resolve({ progress: async () => {}, settle: async (end) => void settled.push(end) });
        }),
    };
    await using opened = await openPool({ timers, gate });
    const { pool, fake } = opened;
    const controller = new AbortController();
    const call = pool.generate({ role: 'ux', prompt: 'x', signal: controller.signal });
    const failed = call.catch((error: ModelPoolError) => error);
    await until('the gate is asked', () => pool.status().lanes[0]?.running === 1);
    controller.abort();
    pass();
    expect(await failed).toMatchObject({ code: 'aborted' });
    expect(settled).toMatchObject([{ status: 'aborted', usage: { inputTokens: 0, outputTokens: 0 } }]);
    expect(fake.log.filter(({ body }) => body?.prompt !== undefined)).toEqual([]);
    expect(pool.status().lanes[0]?.running).toBe(0);
  });

  it('retry wait: no second attempt begins', async () => {
    await using opened = await openPool({ timers, random: () => 1 });
    const { pool, fake } = opened;
    await fake.set({ kind: 'status-503' });
    const { ends } = await abortWhen(pool, ({ type }) => type === 'call-end');
    expect(ends).toMatchObject([{ status: 'error', error: { code: 'overloaded' } }]);
  });

  it('retry wait: a deadline names what failed before', async () => {
    await using opened = await openPool({ timers, random: () => 1 });
    const { pool, fake } = opened;
    await pool.load('small');
    await fake.set({ kind: 'reset' });
    const call = pool.generate({ role: 'ux', prompt: 'x', deadlineMs: 1_500 });
    await expect(call).rejects.toMatchObject({ code: 'backend-down', details: { phase: 'retry' } });
  });

  it('connecting: the caller is free at once, though no server answers', async () => {
    // An address of a network for documentation: packets to it go nowhere.
    const models = { small: { backend: 'nowhere', model: 'small:1b', contextTokens: 4096 } };
    const pool = createModelPool({
      backends: { nowhere: { kind: 'ollama', url: 'http://192.0.2.1:9' } },
      ...{ models, roles: { ux: { candidates: ['small'] } }, timers: { connectMs: 30_000, probeMs: 30_000 } },
    });
    const controller = new AbortController();
    const call = pool.generate({ role: 'ux', prompt: 'x', signal: controller.signal });
    setImmediate(() => controller.abort());
    await expect(call).rejects.toMatchObject({ code: expect.stringMatching(/^(aborted|backend-down)$/) });
    await pool.close();
  });
});

it('aborts at any moment leave no slot behind, no event after the last one, and every attempt counted by the gate', async () => {
  const random = seededRandom(5);
  const open = new Set<string>();
  const gate: CallGate = {
    async begin({ callId }) {
      open.add(callId);
      return { progress: async () => {}, settle: async (end) => void open.delete(end.callId) };
    },
  };
  await using opened = await openPool({ timers, gate });
  const { pool, fake } = opened;
  await pool.load('small');
  const calls = Array.from({ length: 300 }, async (_, index) => {
    await new Promise((resolve) => setTimeout(resolve, Math.floor(index / 6) * 8));
    const controller = new AbortController();
    const timer = setTimeout(() => controller.abort(), random() * 60);
    const seen: string[] = [];
    try {
      const prompt = 'x [tokens=20] [rate=2000]';
      for await (const { type } of pool.call({ role: 'ux', prompt, signal: controller.signal })) seen.push(type);
    } catch {}
    clearTimeout(timer);
    if (seen.includes('call-start')) expect(seen.at(-1)).toBe('call-end');
  });
  await Promise.all(calls);
  expect([...open]).toEqual([]);
  expect(pool.status().lanes.map(({ running, waiting }) => running + waiting)).toEqual([0, 0, 0]);
  await until('no slot is taken', () => fake.slots()['small:1b'] === 0);
  expect((await pool.generate({ role: 'ux', prompt: 'x' })).end.status).toBe('ok');
});

it('a server that counts along makes the count of an aborted answer exact', async () => {
  await using opened = await openPool({ timers }, { engine: 'other' });
  let count = 0;
  const { ends } = await abortWhen(opened.pool, ({ type }) => type === 'text-delta' && ++count === 6);
  const entry = opened.fake.log.at(-1);
  expect(ends[0]?.usage).toMatchObject({ inputTokens: entry?.inputTokens, source: 'partial' });
  expect(Math.abs(ends[0]!.usage.outputTokens - entry!.outputTokens)).toBeLessThanOrEqual(1);
});

it('MODEL-POOL-1: each attempt ends with exactly one call-end and no event of it follows, whatever happens and whenever it is left', async () => {
  const instant = Object.values(fakeFaultGroups)
    .flat()
    .filter((kind) => !['silent', 'load-stall', 'stall', 'huge-line', 'refuse'].includes(kind));
  await using opened = await openPool({ timers: { ...timers, loadMaxMs: 3_000 }, random: () => 0 });
  const { pool, fake } = opened;
  const scenario = fc.record({
    kind: fc.option(fc.constantFrom<FakeFaultKind>(...instant)),
    leaveAt: fc.option(fc.nat(6)),
    role: fc.constantFrom('ux' as const, 'planning' as const),
  });
  await fc.assert(
    fc.asyncProperty(scenario, async ({ kind, leaveAt, role }) => {
      await fake.set(...(kind === null ? [] : [{ kind, times: 1, delayMs: 5 }]));
      const events: CallEvent[] = [];
      const stop = pool.subscribe((event) => {
        if ('requestId' in event && event.type !== 'decision') events.push(event);
      });
      let seen = 0;
      try {
        for await (const _ of pool.call({ role, prompt: 'x [tokens=4]' })) if (seen++ === leaveAt) break;
      } catch {}
      stop();
      const open = new Set<string>();
      for (const event of events) {
        if (event.type === 'call-start') open.add(event.callId);
        else if (event.type === 'call-end') expect(open.delete(event.callId)).toBe(true);
        else if ('callId' in event) expect(open.has(event.callId)).toBe(true);
      }
      expect([...open]).toEqual([]);
      expect(pool.status().lanes.map(({ running, waiting }) => running + waiting)).toEqual([0, 0, 0]);
    }),
    { numRuns: 60 },
  );
});
