import { until } from '@tale/test-kit';
import { describe, expect, it } from 'vitest';
import type { CallEnd, CallGate, CallStart, ModelPoolError } from '../../src/index.js';
import { openPool } from '../setup/open-pool.js';

class Refusal extends Error {
  readonly code = 'budget-exceeded';
  readonly retryAfterMs = 60_000;
}

/** A gate that writes down what it is told, between the events of the pool. */
function recordingGate(
  log: string[],
  more: {
    begin?: (call: CallStart) => void;
    progress?: (tokens: number) => Promise<void>;
    settle?: (end: CallEnd) => Promise<void>;
  } = {},
): CallGate {
  return {
    async begin(call) {
      log.push('gate.begin');
      more.begin?.(call);
      return {
        progress: async (tokens) => {
          log.push('gate.progress');
          await more.progress?.(tokens);
        },
        settle: async (end) => {
          log.push('gate.settle');
          await more.settle?.(end);
        },
      };
    },
  };
}

async function run(gate: CallGate, log: string[], prompt = 'x [tokens=5]') {
  await using opened = await openPool({ gate });
  opened.pool.subscribe((event) => {
    if (event.type !== 'decision') log.push(event.type);
  });
  const { pool, events, fake } = opened;
  const error = await pool.generate({ role: 'planning', prompt }).then(
    () => null,
    (thrown: ModelPoolError) => thrown,
  );
  const ends = events.filter((event): event is CallEnd => event.type === 'call-end');
  return { error, ends, fake };
}

describe('the gate', () => {
  it('MODEL-POOL-3: begins before call-start and settles before call-end', async () => {
    const log: string[] = [];
    const { error } = await run(recordingGate(log), log);
    expect(error).toBeNull();
    const order = log.filter((type) => type !== 'gate.progress');
    expect(order).toEqual(
      [
        'gate.begin',
        'call-start',
        'model-load',
        'model-missing',
        'model-ready',
        'text-delta',
        'text-delta',
        'text-delta',
        'text-delta',
        'text-delta',
        'gate.settle',
        'call-end',
      ].filter((type) => type !== 'model-missing'),
    );
    expect(log.filter((type) => type === 'gate.progress').length).toBeGreaterThan(0);
    expect(log.lastIndexOf('gate.progress')).toBeLessThan(log.indexOf('gate.settle'));
  });

  it('is given the same facts as the event, and the end before anybody else', async () => {
    const log: string[] = [];
    const given: CallEnd[] = [];
    const settle = async (end: CallEnd) => void given.push(end);
    const { ends } = await run(recordingGate(log, { settle }), log);
    expect(ends).toEqual(given);
  });

  it('a refusal is an attempt of its own: start and end, nothing sent, no settle', async () => {
    const log: string[] = [];
    const refusal = new Refusal('the budget of the day is spent');
    const { error, ends, fake } = await run(
      recordingGate(log, {
        begin: () => {
          throw refusal;
        },
      }),
      log,
    );
    expect(log).toEqual(['gate.begin', 'call-start', 'call-end']);
    expect(error).toMatchObject({
      code: 'refused',
      retryable: false,
      reason: 'budget-exceeded',
      retryAfterMs: 60_000,
      message: refusal.message,
      cause: refusal,
    });
    expect(ends).toMatchObject([
      {
        status: 'refused',
        attempt: 1,
        usage: { inputTokens: 0, outputTokens: 0 },
        error: { code: 'refused', reason: 'budget-exceeded' },
        timing: { loadMs: null, prefillMs: null },
      },
    ]);
    expect(fake.log.filter(({ path }) => path === '/api/generate')).toEqual([]);
  });

  it('a rejected progress aborts the stream with that error, and is settled', async () => {
    const log: string[] = [];
    const refusal = new Refusal('over');
    const { error, ends, fake } = await run(
      recordingGate(log, {
        progress: async (tokens) => {
          if (tokens >= 3) throw refusal;
        },
      }),
      log,
      'x [tokens=500] [rate=100]',
    );
    expect(error).toMatchObject({ code: 'refused', reason: 'budget-exceeded', cause: refusal });
    expect(error?.partialText).toBeTruthy();
    expect(ends).toMatchObject([{ status: 'aborted', usage: { source: 'partial' }, finishReason: null }]);
    expect(ends[0]!.usage.outputTokens).toBeLessThan(500);
    expect(log.slice(-2)).toEqual(['gate.settle', 'call-end']);
    expect(fake.log.at(-1)?.end).not.toBe('done');
  });

  it('a gate that fails in any other way refuses too, and one that cannot settle loses nothing', async () => {
    const log: string[] = [];
    const { error } = await run(
      recordingGate(log, {
        begin: () => {
          throw 'odd';
        },
      }),
      log,
    );
    expect(error).toMatchObject({ code: 'refused', reason: 'refused' });
    const settled = await run(recordingGate(log, { settle: () => Promise.reject(new Error('disk full')) }), log);
    expect(settled.error).toBeNull();
    expect(settled.ends).toMatchObject([{ status: 'ok' }]);
  });

  it('a gate that does not answer holds up no abort, and settles what it begins later', async () => {
    const log: string[] = [];
    let answer = () => {};
    const asked = new Promise<void>((resolve) => {
      answer = resolve;
    });
    const gate = recordingGate(log);
    const slow: CallGate = {
      async begin(call) {
        await asked;
        return gate.begin(call);
      },
    };
    await using opened = await openPool({ gate: slow });
    const { pool, events, fake } = opened;
    const controller = new AbortController();
    const call = pool.generate({ role: 'ux', prompt: 'x', signal: controller.signal });
    const refused = expect(call).rejects.toMatchObject({ code: 'aborted' });
    await until('its turn', () => pool.status().lanes.some(({ running }) => running === 1));
    controller.abort();
    await refused;
    const types = events.filter(({ type }) => type !== 'decision').map(({ type }) => type);
    expect(types).toEqual(['call-start', 'call-end']);
    expect(events.at(-1)).toMatchObject({ status: 'aborted', error: { code: 'aborted' } });
    expect(fake.log.filter(({ path }) => path === '/api/generate')).toEqual([]);
    answer();
    await until('settled', () => log.length === 2);
    expect(log).toEqual(['gate.begin', 'gate.settle']);
  });

  it('a close waits for a gate that answers late, so that what it begins is settled', async () => {
    const log: string[] = [];
    let answer = () => {};
    const asked = new Promise<void>((resolve) => {
      answer = resolve;
    });
    const gate = recordingGate(log, { settle: () => new Promise((resolve) => setImmediate(resolve)) });
    const slow: CallGate = { begin: (call) => asked.then(() => gate.begin(call)) };
    const opened = await openPool({ gate: slow });
    const { pool, events } = opened;
    const call = pool.generate({ role: 'ux', prompt: 'x' });
    const refused = expect(call).rejects.toMatchObject({ code: 'aborted', retryable: true });
    await until('its turn', () => pool.status().lanes.some(({ running }) => running === 1));
    pool.subscribe(({ type }) => {
      if (type === 'call-end') answer();
    });
    await pool.close();
    expect(log).toEqual(['gate.begin', 'gate.settle']);
    expect(events.at(-1)).toMatchObject({ type: 'call-end', status: 'aborted' });
    await refused;
    await opened[Symbol.asyncDispose]();
  });

  it('a gate that does not answer holds up no close', async () => {
    const opened = await openPool({ gate: { begin: () => new Promise(() => {}) } });
    const call = opened.pool.generate({ role: 'ux', prompt: 'x' });
    const refused = expect(call).rejects.toMatchObject({ code: 'aborted', retryable: true });
    await until('its turn', () => opened.pool.status().lanes.some(({ running }) => running === 1));
    await opened[Symbol.asyncDispose]();
    await refused;
  });

  it('one message of progress is under way at a time, and the last one has the newest count', async () => {
    const told: number[] = [];
    let running = 0;
    let isRead = () => {};
    const gate = recordingGate([], {
      progress: async (tokens) => {
        running += 1;
        expect(running).toBe(1);
        told.push(tokens);
        if (tokens === 1)
          await new Promise<void>((resolve) => {
            isRead = resolve;
          });
        running -= 1;
      },
    });
    await using opened = await openPool({ gate });
    let pieces = 0;
    opened.pool.subscribe(({ type }) => {
      if (type === 'text-delta') pieces += 1;
      if (pieces === 20) isRead();
    });
    await opened.pool.generate({ role: 'planning', prompt: 'x [tokens=40] [rate=400]' });
    expect(told[0]).toBe(1);
    expect(told[1]).toBeGreaterThanOrEqual(20);
    expect(told.at(-1)).toBe(40);
    expect(told).toEqual([...new Set(told)].sort((a, b) => a - b));
  });
});
