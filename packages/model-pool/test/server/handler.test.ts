import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { manualClock, until } from '@tale/test-kit';
import { describe, expect, it } from 'vitest';
import type { Clock, PoolEvent } from '../../src/index.js';
import { createRemotePool } from '../../src/remote/index.js';
import { createPoolHandler } from '../../src/server/index.js';
import { callCases } from '../../src/testing/index.js';
import { openPool, serve } from '../setup/open-pool.js';
import { openServed } from './open-served.js';

describe('a client that left before its request was handled', () => {
  it('is not listened to, is not written to, and starts nothing', async () => {
    const clock = manualClock();
    let timers = 0;
    const counting: Clock = {
      ...{ now: clock.now, monotonicMs: clock.now },
      after: (delayMs, callback) => {
        timers += 1;
        return clock.after(delayMs, callback);
      },
    };
    await using opened = await openPool();
    let subscribed = 0;
    const pool = {
      ...opened.pool,
      subscribe: (listener: (event: PoolEvent) => void) => {
        subscribed += 1;
        return opened.pool.subscribe(listener);
      },
    };
    const handler = createPoolHandler(pool, { clock: counting });
    const handled: Promise<boolean>[] = [];
    const server = createServer((request, response) => {
      response.once('close', () => handled.push(handler(request, response)));
      request.socket.destroy();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const body = JSON.stringify({ role: 'ux', prompt: 'x' });
    await expect(fetch(`${url}/v1/calls`)).rejects.toThrow();
    await expect(fetch(`${url}/v1/calls`, { method: 'POST', body })).rejects.toThrow();
    await expect(fetch(`${url}/v1/chat/completions`, { method: 'POST', body: '{}' })).rejects.toThrow();
    await until('all were handled', () => handled.length === 3);
    expect({ subscribed, timers }).toEqual({ subscribed: 0, timers: 0 });
    expect(await Promise.all(handled)).toEqual([true, true, true]);
    expect(opened.fake.log).toEqual([]);
    server.close();
  });
});

describe('a client that leaves', () => {
  it('in the middle of its body starts nothing', async () => {
    await using opened = await openServed();
    const controller = new AbortController();
    const body = new ReadableStream({
      start: (stream) => {
        stream.enqueue(new TextEncoder().encode('{"role":"ux",'));
        setImmediate(() => controller.abort());
      },
    });
    const options = { method: 'POST', body, signal: controller.signal, duplex: 'half' } as RequestInit;
    await expect(fetch(`${opened.served.url}/v1/calls`, options)).rejects.toThrow();
    // The next request is handled after the one that was left.
    expect((await opened.send('GET', '/v1/pool')).status).toBe(200);
    expect(opened.fake.log.filter(({ path }) => path === '/api/chat')).toEqual([]);
  });
});

describe('a failure that is none of a call', () => {
  it('is a 500 that says nothing more; its cause goes to the log alone', async () => {
    await using opened = await openPool();
    const cause = new Error('the secret inside');
    const logged: object[] = [];
    const quiet = () => {};
    const broken = () => {
      throw cause;
    };
    const logger = { debug: quiet, info: quiet, warn: quiet, error: (fields: object) => logged.push(fields) };
    await using served = await serve({ ...opened.pool, status: broken, explain: broken }, { logger });
    for (const path of ['/v1/pool', '/v1/calls/some-id']) {
      const answer = await fetch(served.url + path);
      expect(answer.status).toBe(500);
      expect(await answer.json()).toEqual({
        error: {
          ...{ code: 'internal', message: 'the server failed; its log says why', hint: null, source: 'models' },
          ...{ retryable: false, retryAfterMs: null, details: {} },
        },
      });
      expect(logged.pop()).toEqual({ error: cause, method: 'GET', path });
    }
    const answer = await fetch(`${served.url}/v1/models`);
    expect(answer.status).toBe(500);
    expect(await answer.json()).toEqual({
      error: { message: 'the server failed; its log says why', type: 'server_error', param: null, code: 'internal' },
    });
    expect(logged.pop()).toEqual({ error: cause, method: 'GET', path: '/v1/models' });
  });
});

it('other routes are left to others', async () => {
  await using opened = await openServed();
  for (const [method, path] of [
    ['GET', '/'],
    ['GET', '/v1/models/'],
    ['GET', '/v1/models/%ff'],
    ['GET', '/v1/chat/completions'],
    ['POST', '/v1/responses'],
    ['DELETE', '/v1/calls'],
    ['POST', '/v1/pool'],
    ['GET', '/v1/calls/'],
    ['GET', '/v1/calls/a/b'],
  ] as const) {
    expect((await opened.send(method, path)).status, `${method} ${path}`).toBe(404);
  }
});

it('a query after the path changes nothing', async () => {
  await using opened = await openServed();
  expect((await opened.send('GET', '/v1/models?limit=2')).status).toBe(200);
});

describe('a served remote of a served pool passes the call cases', () => {
  for (const { name, run } of callCases) {
    it(name, async () => {
      await using opened = await openServed();
      await using near = createRemotePool({ url: opened.served.url });
      await using gateway = await serve(near);
      await using far = createRemotePool({ url: gateway.url });
      await run({ pool: far, fake: opened.fake });
    });
  }
});
