import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { type CallEnd, createModelPool, type ModelPoolError, type PoolEvent } from '../../src/index.js';
import { openScripted } from '../setup/scripted-pool.js';

const two = {
  models: {
    small: { backend: 'server', model: 'small', contextTokens: 4_096 },
    large: { backend: 'other', model: 'large', contextTokens: 4_096 },
  },
  roles: { ux: { candidates: ['small', 'large'] } },
};

const busy = (retryAfterMs: number | null) => ({ tokens: 0, code: 'overloaded', facts: { retryAfterMs } }) as const;
const ends = (events: readonly PoolEvent[]) => events.filter((event): event is CallEnd => event.type === 'call-end');

describe('a server that asks to be left alone', () => {
  it('is left alone by all its calls, which wait in their lane and are told for how long', async () => {
    await using opened = await openScripted({ small: {}, large: {} });
    const { pool, settle, until, server, clock, events } = opened;
    await settle(pool.load('small'));
    server.plan('small', busy(9_000));
    const first = pool.generate({ role: 'ux', prompt: 'one' });
    await until(() => ends(events).length === 1);
    const askedMs = clock.now();
    const second = pool.generate({ role: 'ux', prompt: 'two' });
    await until(() => clock.now() - askedMs >= 8_000);
    expect(server.asked).toHaveLength(1);
    expect(pool.status().lanes.find(({ lane }) => lane === 'ux')).toMatchObject({ waiting: 2, running: 0 });
    const queued = events.filter(({ type }) => type === 'call-queued');
    expect(queued.some((event) => event.type === 'call-queued' && event.position === 1 && event.etaMs === 9_000)).toBe(
      true,
    );
    const results = await settle(Promise.all([first, second]));
    expect(results.map(({ end }) => [end.attempt, end.status])).toEqual([
      [2, 'ok'],
      [1, 'ok'],
    ]);
    expect(server.asked.map(({ prompt }) => prompt)).toEqual(['one', 'one', 'two']);
    expect(results[0]?.end.timing.queueMs).toBeGreaterThanOrEqual(8_900);
    expect(results[0]?.end.timing.queueMs).toBeLessThan(9_100);
  });

  it('is left alone also by calls that waited in the lane when it asked for that', async () => {
    await using opened = await openScripted({ small: {}, large: {} });
    const { pool, settle, until, server, clock } = opened;
    await settle(pool.load('small'));
    server.plan('small', busy(9_000));
    const calls = [1, 2, 3].map((prompt) => pool.generate({ role: 'ux', prompt: String(prompt) }));
    const startMs = clock.now();
    await until(() => clock.now() - startMs >= 8_000);
    expect(server.asked).toHaveLength(1);
    await settle(Promise.all(calls));
    expect(server.asked.map(({ prompt }) => prompt)).toEqual(['1', '1', '2', '3']);
  });

  it('is asked three times, 30 s apart at most, and the failure says when to come again', async () => {
    await using opened = await openScripted({ small: {}, large: {} });
    const { pool, settle, server, clock } = opened;
    await settle(pool.load('small'));
    server.plan('small', busy(3_600_000), busy(3_600_000), busy(5_000));
    const startMs = clock.now();
    const error = await settle(pool.generate({ role: 'ux', prompt: 'x' }).catch((thrown: ModelPoolError) => thrown));
    expect(error).toMatchObject({ code: 'overloaded', attempt: 3, retryAfterMs: 5_000, retryable: true });
    expect(clock.now() - startMs).toBeGreaterThanOrEqual(60_000);
    expect(clock.now() - startMs).toBeLessThan(61_000);
  });

  it('is not waited for where the deadline comes first', async () => {
    await using opened = await openScripted({ small: {}, large: {} });
    const { pool, settle, server, clock } = opened;
    await settle(pool.load('small'));
    server.plan('small', busy(20_000));
    const startMs = clock.now();
    const call = pool.generate({ role: 'ux', prompt: 'x', deadlineMs: 5_000 });
    expect(await settle(call.catch((thrown: ModelPoolError) => thrown))).toMatchObject({
      ...{ code: 'overloaded', attempt: 1, retryAfterMs: 20_000 },
    });
    expect(clock.now() - startMs).toBeLessThan(500);
  });

  it('a call that is ended while it waits leaves its lane at once', async () => {
    await using opened = await openScripted({ small: {}, large: {} });
    const { pool, settle, until, server, events } = opened;
    await settle(pool.load('small'));
    server.plan('small', busy(20_000));
    const controller = new AbortController();
    const call = pool.generate({ role: 'ux', prompt: 'x', signal: controller.signal });
    const failed = call.catch((thrown: ModelPoolError) => thrown);
    await until(() => ends(events).length === 1);
    controller.abort();
    expect(await failed).toMatchObject({ code: 'aborted' });
    expect(ends(events)).toHaveLength(1);
    expect(pool.status().lanes.find(({ lane }) => lane === 'ux')).toMatchObject({ waiting: 0, running: 0 });
  });
});

describe('a busy server that names no time', () => {
  it('is asked again after a random pause, while others may use it', async () => {
    await using opened = await openScripted({ small: {}, large: {} });
    const { pool, settle, until, server, events, clock } = opened;
    await settle(pool.load('small'));
    server.plan('small', busy(null));
    const first = pool.generate({ role: 'ux', prompt: 'one' });
    await until(() => ends(events).length === 1);
    const startMs = clock.now();
    await settle(pool.generate({ role: 'ux', prompt: 'two' }));
    expect(clock.now() - startMs).toBeLessThan(200);
    expect((await settle(first)).end).toMatchObject({ attempt: 2, status: 'ok' });
    expect(clock.now() - startMs).toBeGreaterThanOrEqual(1_050);
    expect(server.asked.map(({ prompt }) => prompt)).toEqual(['one', 'two', 'one']);
  });
});

it('the header of a real server is honoured, and another server that is ready is asked instead of a long wait', async () => {
  const seen: string[] = [];
  const open = async (name: string, limited: boolean) => {
    const server = createServer((request, response) => {
      seen.push(`${name} ${request.method} ${request.url}`);
      request.resume();
      const isCall = request.method === 'POST';
      if (isCall && limited) {
        response.writeHead(429, { 'retry-after': '7', 'content-type': 'application/json' });
        response.end('{"error":{"message":"slow down","type":"rate_limit"}}');
      } else if (isCall) {
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        const chunk = {
          id: 'x',
          model: name,
          choices: [{ index: 0, delta: { content: 'hello' }, finish_reason: null }],
        };
        response.write(`data: ${JSON.stringify(chunk)}\n\n`);
        const last = { ...chunk, choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] };
        response.end(`data: ${JSON.stringify(last)}\n\ndata: [DONE]\n\n`);
      } else
        response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ data: [{ id: name }] }));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1` };
  };
  const [first, second] = await Promise.all([open('small', true), open('large', false)]);
  const pool = createModelPool({
    backends: { server: { kind: 'openai', url: first.url }, other: { kind: 'openai', url: second.url } },
    ...two,
  });
  try {
    await pool.start();
    const { end, text } = await pool.generate({ role: 'ux', prompt: 'x' });
    expect(text).toBe('hello');
    expect(end).toMatchObject({ model: 'large', attempt: 2, fallbackFrom: 'small' });
    // As long as the first one is left alone, calls go to the other one at once.
    expect((await pool.generate({ role: 'ux', prompt: 'x' })).end).toMatchObject({ model: 'large', attempt: 1 });
    expect(seen.filter((line) => line.startsWith('small POST'))).toHaveLength(1);
  } finally {
    await pool.close();
    for (const { server } of [first, second]) {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  }
});
