import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { manualClock, until } from '@tale/test-kit';
import { describe, expect, it } from 'vitest';
import type { Clock, PoolEvent } from '../../src/index.js';
import { createPoolHandler } from '../../src/server/index.js';
import { SseWriter } from '../../src/server/sse-writer.js';
import { openPool, serve } from '../setup/open-pool.js';

async function open(...given: Parameters<typeof openPool>) {
  const opened = await openPool(...given);
  const served = await serve(opened.pool, { maxBodyBytes: 2_000 });
  const send = (method: string, path: string, body?: unknown, signal?: AbortSignal) =>
    fetch(served.url + path, {
      method,
      signal: signal ?? null,
      body: body === undefined ? null : typeof body === 'string' ? body : JSON.stringify(body),
    });
  return {
    ...opened,
    served,
    send,
    async [Symbol.asyncDispose]() {
      await served.close();
      await opened[Symbol.asyncDispose]();
    },
  };
}

interface Sent {
  readonly type: string;
  readonly data: Record<string, unknown>;
}

const parse = (text: string): Sent[] =>
  text.split('\n\n').flatMap((block) => {
    const [, type, data] = /^event: (.+)\ndata: (.+)$/.exec(block) ?? [];
    return type === undefined || data === undefined
      ? []
      : [{ type, data: JSON.parse(data) as Record<string, unknown> }];
  });

describe('POST /v1/calls', () => {
  it('streams the events of the call, named by their type, and a last one', async () => {
    await using opened = await open();
    const answer = await opened.send('POST', '/v1/calls', {
      role: 'ux',
      prompt: 'x [tokens=3]',
      labels: { project: 'p' },
    });
    expect(answer.headers.get('content-type')).toBe('text/event-stream');
    const sent = parse(await answer.text());
    expect(sent.map(({ type }) => type)).toEqual([
      'call-start',
      'model-load',
      'text-delta',
      'text-delta',
      'text-delta',
      'call-end',
      'request-end',
    ]);
    for (const { type, data } of sent.slice(0, -1)) expect(data.type).toBe(type);
    const end = sent.at(-2)?.data;
    expect(sent.at(-1)?.data).toEqual({ requestId: end?.requestId, callId: end?.callId });
    const own = opened.events.filter((event) => 'requestId' in event && event.type !== 'decision');
    expect(sent.slice(0, -1).map(({ data }) => data)).toEqual(JSON.parse(JSON.stringify(own)));
  });

  it('the last event of a failed call is its error', async () => {
    await using opened = await open({ random: () => 0 });
    await opened.fake.set({ kind: 'no-done' });
    const sent = parse(await (await opened.send('POST', '/v1/calls', { role: 'ux', prompt: 'x' })).text());
    expect(sent.at(-1)).toMatchObject({
      type: 'request-error',
      data: {
        code: 'stream-broken',
        retryable: true,
        backend: 'fake',
        model: 'small:1b',
        attempt: 1,
        partialText: expect.any(String),
        reason: null,
        retryAfterMs: null,
        details: { fault: 'no-end' },
      },
    });
    expect(sent.at(-2)).toMatchObject({ type: 'call-end', data: { error: sent.at(-1)?.data } });
  });

  it('a client that leaves aborts the call', async () => {
    await using opened = await open();
    const controller = new AbortController();
    await opened.send('POST', '/v1/calls', { role: 'ux', prompt: 'x [tokens=900] [rate=50]' }, controller.signal);
    await until('text', () => opened.events.some(({ type }) => type === 'text-delta'));
    controller.abort();
    const end = await until('the end', () => opened.events.find(({ type }) => type === 'call-end'));
    expect(end).toMatchObject({ status: 'aborted', error: { code: 'aborted' } });
    await until('the slot is free', () => opened.fake.slots()['small:1b'] === 0);
  });

  const bad: [string, unknown, string][] = [
    ['no JSON', '{', 'not JSON'],
    ['no role', { prompt: 'x' }, 'role'],
    ['an unknown role', { role: 'boss', prompt: 'x' }, 'role'],
    ['an unknown option', { role: 'ux', prompt: 'x', keepAlive: -1 }, 'keepAlive'],
    ['a message of nobody', { role: 'ux', messages: [{ role: 'god', content: 'x' }] }, 'messages.0.role'],
    ['unknown labels', { role: 'ux', prompt: 'x', labels: { colour: 'red' } }, 'labels'],
    ['no prompt', { role: 'ux' }, 'prompt'],
    ['a negative limit', { role: 'ux', prompt: 'x', maxOutputTokens: -1 }, 'maxOutputTokens'],
    ['too large a body', { role: 'ux', prompt: 'x'.repeat(3_000) }, 'larger than'],
  ];
  for (const [name, body, word] of bad) {
    it(`${name} is a 400 with an envelope that says so`, async () => {
      await using opened = await open();
      const answer = await opened.send('POST', '/v1/calls', body);
      expect(answer.status).toBe(400);
      expect(await answer.json()).toEqual({
        error: {
          code: 'rejected',
          message: expect.stringContaining(word),
          hint: null,
          source: 'models',
          retryable: false,
          retryAfterMs: null,
          details: {},
        },
      });
      expect(opened.fake.log).toEqual([]);
    });
  }

  it('a closed pool is a 503 that may be asked again', async () => {
    await using opened = await open();
    await opened.pool.close();
    const answer = await opened.send('POST', '/v1/calls', { role: 'ux', prompt: 'x' });
    expect(answer.status).toBe(503);
    expect(await answer.json()).toMatchObject({ error: { code: 'backend-down', retryable: true } });
  });

  it('a silent stream shows now and then that it lives', async () => {
    const clock = manualClock();
    const opened = await openPool({}, { timing: { loadMs: 5_000 } });
    await using served = await serve(opened.pool, { clock: { ...clock, monotonicMs: clock.now } });
    const controller = new AbortController();
    const answer = await fetch(`${served.url}/v1/calls`, {
      method: 'POST',
      body: JSON.stringify({ role: 'planning', prompt: 'x' }),
      signal: controller.signal,
    });
    const reader = answer.body!.getReader();
    let text = '';
    const read = (async () => {
      for (;;) {
        const { value, done } = await reader.read();
        if (done) return;
        text += Buffer.from(value).toString();
      }
    })().catch(() => {});
    await until('loading', () => text.includes('model-load'));
    await clock.advance(31_000);
    await until('comments', () => text.split(': keep-alive\n\n').length === 3);
    controller.abort();
    await read;
    await opened[Symbol.asyncDispose]();
  });

  it('a reader that lags slows the stream down and gets everything', async () => {
    await using opened = await open({
      models: {
        small: { backend: 'fake', model: 'small:1b', contextTokens: 32_768 },
        large: { backend: 'fake', model: 'large:8b', contextTokens: 4_096 },
      },
    });
    const answer = await opened.send('POST', '/v1/calls', { role: 'ux', prompt: 'x [tokens=30000]' });
    await new Promise((resolve) => setTimeout(resolve, 500));
    const before = opened.events.filter(({ type }) => type === 'text-delta').length;
    expect(before).toBeLessThan(30_000);
    const sent = parse(await answer.text());
    expect(sent.filter(({ type }) => type === 'text-delta')).toHaveLength(30_000);
  });
});

describe('GET /v1/calls', () => {
  it('is every event of the pool, and ends with its reader', async () => {
    await using opened = await open();
    const controller = new AbortController();
    const answer = await opened.send('GET', '/v1/calls', undefined, controller.signal);
    await opened.pool.generate({ role: 'ux', prompt: 'x [tokens=2]' });
    const reader = answer.body!.getReader();
    let text = '';
    while (!text.includes('event: call-end')) text += Buffer.from((await reader.read()).value ?? []).toString();
    controller.abort();
    expect(parse(text).map(({ data }) => data)).toEqual(JSON.parse(JSON.stringify(opened.events as PoolEvent[])));
    expect(parse(text).map(({ type }) => type)).toContain('decision');
  });

  it('a request or an attempt is explained', async () => {
    await using opened = await open();
    const { requestId, callId } = await opened.pool.generate({ role: 'ux', prompt: 'x' });
    for (const id of [requestId, callId]) {
      const answer = await opened.send('GET', `/v1/calls/${id}`);
      expect(await answer.json()).toEqual(JSON.parse(JSON.stringify(opened.pool.explain(requestId))));
    }
  });
});

describe('/v1/pool', () => {
  it('tells the state', async () => {
    await using opened = await open();
    expect(await (await opened.send('GET', '/v1/pool')).json()).toMatchObject({
      mode: 'together',
      models: [{ name: 'small' }, { name: 'large' }],
      lanes: [{ lane: 'ux', waiting: 0, running: 0 }, {}, {}],
    });
  });

  it('loads, pins and unloads', async () => {
    await using opened = await open();
    expect(await (await opened.send('POST', '/v1/pool/load', { model: 'large' })).json()).toMatchObject({
      name: 'large',
      state: 'resident',
    });
    expect(await (await opened.send('POST', '/v1/pool/pin', { model: 'large' })).json()).toMatchObject({
      resident: 'always',
    });
    expect(await (await opened.send('POST', '/v1/pool/unload', { model: 'large' })).json()).toMatchObject({
      state: 'absent',
    });
    const missing = await opened.send('POST', '/v1/pool/load', { model: 'nobody' });
    expect(missing.status).toBe(404);
    expect(await missing.json()).toMatchObject({ error: { code: 'model-missing', source: 'models' } });
    expect((await opened.send('POST', '/v1/pool/load', {})).status).toBe(400);
  });

  it('pulls with progress', async () => {
    await using opened = await open();
    const sent = parse(await (await opened.send('POST', '/v1/pool/pull', { model: 'pullable:1b' })).text());
    expect(sent.at(-1)).toEqual({ type: 'request-end', data: { model: 'pullable:1b' } });
    expect(sent[1]?.data).toMatchObject({ completedBytes: 0, totalBytes: 1_000_000_000 });
    const failed = parse(await (await opened.send('POST', '/v1/pool/pull', { model: 'nowhere:1b' })).text());
    expect(failed.at(-1)).toMatchObject({ type: 'request-error', data: { code: 'model-missing' } });
  });
});

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
      response.once('close', () => {
        if (request.url === '/writer') new SseWriter(response, counting, 15_000);
        else handled.push(handler(request, response));
      });
      request.socket.destroy();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    await expect(fetch(`${url}/v1/calls`)).rejects.toThrow();
    const body = JSON.stringify({ role: 'ux', prompt: 'x' });
    await expect(fetch(`${url}/v1/calls`, { method: 'POST', body })).rejects.toThrow();
    await expect(fetch(`${url}/writer`)).rejects.toThrow();
    await until('both were handled', () => handled.length === 2);
    expect({ subscribed, timers }).toEqual({ subscribed: 0, timers: 0 });
    expect(await Promise.all(handled)).toEqual([true, true]);
    expect(opened.fake.log).toEqual([]);
    server.close();
  });
});

describe('a failure that is none of a call', () => {
  it('is a 500 with the code internal; its cause goes to the log alone', async () => {
    await using opened = await openPool();
    const cause = new Error('the secret inside');
    const logged: object[] = [];
    const quiet = () => {};
    const broken = () => {
      throw cause;
    };
    await using served = await serve(
      { ...opened.pool, status: broken, explain: broken },
      { logger: { debug: quiet, info: quiet, warn: quiet, error: (fields) => logged.push(fields) } },
    );
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
  });
});

it('other routes are left to others', async () => {
  await using opened = await open();
  for (const [method, path] of [
    ['GET', '/'],
    ['GET', '/v1/models'],
    ['DELETE', '/v1/calls'],
    ['POST', '/v1/pool'],
    ['GET', '/v1/calls/a/b'],
  ] as const) {
    expect((await opened.send(method, path)).status, `${method} ${path}`).toBe(404);
  }
});
