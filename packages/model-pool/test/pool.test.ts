import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { until } from '@tale/test-kit';
import { describe, expect, it } from 'vitest';
import {
  type CallEnd,
  chooseModels,
  createModelPool,
  type ModelPoolError,
  type PoolEvent,
  readInstalledModels,
  type TextDelta,
} from '../src/index.js';
import { openPool, poolOptions } from './setup/open-pool.js';
import { openScripted } from './setup/scripted-pool.js';

const two = {
  models: {
    small: { backend: 'fake', model: 'small:1b', contextTokens: 4096 },
    large: { backend: 'fake', model: 'large:8b', contextTokens: 8192 },
  },
  roles: { ux: { candidates: ['small', 'large'] }, planning: { candidates: ['large', 'small'] } },
  random: () => 0,
};
const timers = { firstTokenMinMs: 3_000, stallMs: 3_000 };
const ends = (events: readonly PoolEvent[]) => events.filter((event): event is CallEnd => event.type === 'call-end');

describe('fallback', () => {
  it('a missing model is told, and the next candidate answers', async () => {
    await using opened = await openPool(two);
    const { pool, fake, events } = opened;
    await fake.set({ kind: 'status-404', model: 'small:1b', path: '/api/generate' });
    const { end, requestId } = await pool.generate({ role: 'ux', prompt: 'x' });
    expect(end).toMatchObject({ model: 'large:8b', attempt: 2, fallbackFrom: 'small', status: 'ok', lane: 'ux' });
    expect(ends(events)).toMatchObject([
      { attempt: 1, error: { code: 'model-missing' }, requestId },
      { attempt: 2, requestId },
    ]);
    expect(events.find(({ type }) => type === 'call-fallback')).toMatchObject({
      from: 'small',
      to: 'large',
      reason: 'model-missing',
      dropText: false,
    });
    expect(events.find(({ type }) => type === 'model-missing')).toMatchObject({ name: 'small' });
    expect(pool.explain(requestId).sentences).toEqual([
      'The role ux went to small, which had to be loaded. Not taken: large (not needed).',
      'Its turn in the lane ux came at once.',
      expect.stringMatching(
        /^Attempt 1 on small:1b failed after .*\(model-missing\); 0 tokens in, 0 out \(estimated\)\.$/,
      ),
      'large was asked instead.',
      'The role ux went to large, which had to be loaded. Not taken: small (it is not installed).',
      'Its turn in the lane ux came at once.',
      expect.stringMatching(/^large was loaded in \d+ ms\.$/),
      expect.stringMatching(/^large:8b answered after .*: 1 token in, 24 out \(reported\)\.$/),
    ]);
    expect(pool.explain(end.callId)).toEqual(pool.explain(requestId));
    expect(pool.explain('nobody')).toEqual({ requestId: 'nobody', requestIds: [], sentences: [], decisions: [] });
  });

  it('after the first text only a replayable call goes on, and its text is void', async () => {
    for (const replayable of [false, true]) {
      await using opened = await openPool(two);
      const { pool, fake, events } = opened;
      await fake.set({ kind: 'no-done', model: 'small:1b', after: 3 });
      const call = pool.generate({ role: 'ux', prompt: 'x [say one two three four]', replayable });
      if (!replayable) {
        await expect(call).rejects.toMatchObject({ code: 'stream-broken', partialText: 'one two three' });
        continue;
      }
      const { text, end } = await call;
      expect(text).toBe('one two three four');
      expect(end).toMatchObject({ fallbackFrom: 'small', attempt: 2 });
      expect(events.find(({ type }) => type === 'call-fallback')).toMatchObject({
        dropText: true,
        reason: 'stream-broken',
      });
    }
  });

  it('too long a prompt goes to the candidate that takes it, and fails where there is none', async () => {
    await using opened = await openPool(two);
    const { pool, fake } = opened;
    expect((await pool.generate({ role: 'ux', prompt: 'x'.repeat(20_000) })).end.model).toBe('large:8b');
    const before = fake.log.length;
    await expect(pool.generate({ role: 'ux', prompt: 'x'.repeat(40_000) })).rejects.toMatchObject({
      code: 'context-too-long',
      retryable: false,
      model: 'small:1b',
    });
    expect(fake.log.length).toBe(before);
  });

  it('a server that refuses three times is given a rest, and a look that succeeds ends it', async () => {
    await using opened = await openPool({ ...two, residency: { busyMs: 60_000, idleMs: 60_000 } });
    const { pool, fake } = opened;
    await fake.set({ kind: 'refuse' });
    for (let count = 0; count < 3; count += 1)
      await expect(pool.generate({ role: 'ux', prompt: 'x' })).rejects.toMatchObject({
        code: 'backend-down',
        retryable: true,
      });
    const error = await pool.generate({ role: 'ux', prompt: 'x' }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'backend-down', attempt: null });
    expect((error as { retryAfterMs: number }).retryAfterMs).toBeGreaterThan(0);
    await fake.set();
    await pool.start();
    expect((await pool.generate({ role: 'ux', prompt: 'x' })).end.status).toBe('ok');
  });

  it('a slot that an aborted call left behind is freed by loading the model again', async () => {
    await using opened = await openPool({ timers });
    const { pool, fake } = opened;
    for await (const event of pool.call({ role: 'planning', prompt: 'x [tokens=500] [rate=50]' }))
      if (event.type === 'text-delta') break;
    await fake.set({ kind: 'silent', times: 1 });
    const { end } = await pool.generate({ role: 'planning', prompt: 'x' });
    expect(end).toMatchObject({ attempt: 2, status: 'ok' });
    expect(fake.log.filter(({ body }) => body?.keep_alive === 0)).toHaveLength(1);
    expect(fake.loads['large:8b']).toBe(2);
  });

  it.each([
    ['an answer breaks off', { kind: 'reset-mid', path: '/api/chat', times: 1 }],
    ['its server says so in the middle of an answer', { kind: 'error-line', path: '/api/chat', times: 1 }],
  ] as const)('a runner that is gone once %s is told as dead, not as taken out', async (_, fault) => {
    await using opened = await openPool({ residency: { busyMs: 20, idleMs: 20 } });
    const { pool, fake, events } = opened;
    await pool.start();
    await pool.load('small');
    await pool.load('large');
    await fake.set(fault);
    const talk = pool.generate({ role: 'ux', messages: [{ role: 'user', content: 'x [tokens=9] [rate=50]' }] });
    await expect(talk).rejects.toMatchObject({ code: 'stream-broken' });
    fake.evict('small:1b');
    await until('back', () => events.find(({ type }) => type === 'residency-restore'));
    expect(events.find(({ type }) => type === 'model-lost')).toMatchObject({ name: 'small', reason: 'runner-died' });
    // One that is taken out later is no dead one.
    fake.evict('small:1b');
    await until('lost again', () => events.filter(({ type }) => type === 'model-lost').length === 2);
    expect(events.findLast(({ type }) => type === 'model-lost')).toMatchObject({ reason: 'evicted' });
  });

  it('a runner that died is loaded again', async () => {
    await using opened = await openPool({ residency: { busyMs: 20, idleMs: 20 } });
    const { pool, fake, events } = opened;
    await pool.start();
    await pool.load('small');
    await fake.set({ kind: 'status-500', path: '/api/chat', times: 1 });
    expect((await pool.generate({ role: 'ux', messages: [{ role: 'user', content: 'x' }] })).end).toMatchObject({
      attempt: 2,
      status: 'ok',
    });
    expect(events.find(({ type }) => type === 'model-lost')).toMatchObject({ reason: 'runner-died' });
  });
});

describe('routing', () => {
  it('planning loads its own model although the one of ux is there and may stand in', async () => {
    await using opened = await openPool(two);
    const { pool } = opened;
    await pool.load('small');
    expect((await pool.generate({ role: 'planning', prompt: 'x' })).end).toMatchObject({
      model: 'large:8b',
      fallbackFrom: null,
    });
  });
});

describe('roles', () => {
  it('an alias stands for its role', async () => {
    await using opened = await openPool();
    expect((await opened.pool.generate({ role: 'conversation', prompt: 'x' })).end).toMatchObject({
      role: 'ux',
      lane: 'ux',
    });
    expect((await opened.pool.generate({ role: 'task', prompt: 'x' })).end).toMatchObject({
      role: 'planning',
      lane: 'planning',
    });
  });

  it('a role that is not configured is a matter of configuration', async () => {
    await using opened = await openPool({ roles: { ux: { candidates: ['small'] } } });
    await expect(opened.pool.generate({ role: 'planning', prompt: 'x' })).rejects.toMatchObject({
      code: 'configuration',
    });
    await expect(opened.pool.embed({ input: ['x'] })).rejects.toMatchObject({ code: 'configuration' });
  });

  it('one model for both is said', async () => {
    await using opened = await openPool({
      roles: { ux: { candidates: ['small'] }, planning: { candidates: ['small'] } },
    });
    expect(opened.pool.status().mode).toBe('single');
    expect(opened.pool.status().models[0]).toMatchObject({
      id: 'small',
      name: 'small',
      roles: ['ux', 'planning'],
      resident: 'always',
      contextTokens: 4096,
      maxOutputTokens: 4096,
      ready: false,
      state: 'absent',
      loadMs: null,
      tokensPerSecond: null,
    });
  });

  it('ux goes before planning in the queue of one model', async () => {
    await using opened = await openPool({
      roles: { ux: { candidates: ['small'] }, planning: { candidates: ['small'] } },
    });
    const { pool, events } = opened;
    const order: string[] = [];
    const call = async (role: 'ux' | 'planning', name: string) => {
      await pool.generate({ role, prompt: 'x [tokens=5] [rate=100]' });
      order.push(name);
    };
    await Promise.all([call('planning', 'first'), call('planning', 'second'), call('ux', 'talk')]);
    expect(order).toEqual(['first', 'talk', 'second']);
    expect(events.filter(({ type }) => type === 'call-queued').length).toBeGreaterThanOrEqual(2);
  });
});

describe('embed', () => {
  const vectors = {
    models: { vectors: { backend: 'fake', model: 'vectors:1b', contextTokens: 2048 } },
    roles: { embed: { candidates: ['vectors'] } },
  };
  const models = [{ model: 'vectors:1b', capabilities: ['embedding'] }];

  it('is a call of its own lane with its own counts', async () => {
    await using opened = await openPool(vectors, { models });
    const { embeddings, end, requestId } = await opened.pool.embed({
      input: ['one two', 'three'],
      labels: { project: 'p' },
    });
    expect(embeddings).toHaveLength(2);
    expect(end).toMatchObject({
      requestId,
      operation: 'embed',
      lane: 'background',
      role: 'embed',
      labels: { project: 'p' },
      usage: { inputTokens: 3, outputTokens: 0, source: 'reported' },
    });
    await expect(opened.pool.embed({ input: [] })).rejects.toMatchObject({ code: 'rejected' });
    await expect((async () => opened.pool.generate({ role: 'embed', prompt: 'x' }))()).rejects.toMatchObject({
      code: 'rejected',
    });
  });

  it('a 400 may be anything and is tried once more', async () => {
    await using opened = await openPool(vectors, { models });
    const { pool, fake } = opened;
    await fake.set({ kind: 'status-400', path: '/api/embed', times: 1, message: 'something internal' });
    expect((await pool.embed({ input: ['x'] })).end).toMatchObject({ attempt: 2, status: 'ok' });
    await fake.set({ kind: 'silent', path: '/api/embed' });
    await expect(pool.embed({ input: ['x'], deadlineMs: 1_000 })).rejects.toMatchObject({
      code: 'first-token-timeout',
    });
  });

  it('takes many texts that together are longer than the context, and none that is so alone', async () => {
    await using opened = await openPool(vectors, { models });
    const { pool } = opened;
    const { embeddings } = await pool.embed({
      input: Array.from({ length: 1_000 }, (_, index) => `text number ${index}`),
    });
    expect(embeddings).toHaveLength(1_000);
    await expect(pool.embed({ input: ['short', 'x'.repeat(9_000)] })).rejects.toMatchObject({
      code: 'context-too-long',
    });
  });
});

describe('manage', () => {
  it('a model is loaded, taken out, and kept when it is pinned', async () => {
    await using opened = await openPool({ residency: { busyMs: 20, idleMs: 20 } });
    const { pool, fake, events } = opened;
    await pool.start();
    expect(await pool.load('large:8b')).toMatchObject({
      name: 'large',
      state: 'resident',
      resident: 'on-demand',
      loadMs: expect.any(Number),
    });
    expect(await pool.unload('large')).toMatchObject({ state: 'absent' });
    expect(events.find((event) => event.type === 'model-evict' && event.name === 'large')).toMatchObject({
      reason: 'asked',
    });
    expect(await pool.pin('large')).toMatchObject({ state: 'resident', resident: 'always' });
    fake.evict('large:8b');
    await until('back', () => events.find((event) => event.type === 'residency-restore' && event.name === 'large'));
    await expect(pool.load('nobody')).rejects.toMatchObject({ code: 'model-missing' });
  });

  it('a model that its role keeps is not taken out, and one that was pinned by hand is no longer kept', async () => {
    await using opened = await openPool({ residency: { busyMs: 20, idleMs: 20 } });
    const { pool, fake } = opened;
    await pool.start();
    await pool.load('small');
    await expect(pool.unload('small')).rejects.toMatchObject({
      code: 'rejected',
      retryable: false,
      message: 'small:1b is kept in memory for ux and would come back at once',
      hint: expect.stringContaining('another model'),
      details: { name: 'small', roles: ['ux'] },
    });
    expect(fake.resident().map(({ model }) => model)).toEqual(['small:1b']);
    await pool.pin('large');
    expect(await pool.unload('large')).toMatchObject({ state: 'absent', resident: 'on-demand' });
    await pool.generate({ role: 'ux', prompt: 'x' });
    expect(fake.resident().map(({ model }) => model)).toEqual(['small:1b']);
  });

  it('a pull fetches a model and the pool knows it', async () => {
    await using opened = await openPool();
    const { pool, fake } = opened;
    const seen: number[] = [];
    await pool.pull('pullable:1b', {
      onProgress: ({ completedBytes }) => void (completedBytes !== null && seen.push(completedBytes)),
    });
    expect(seen).toEqual([0, 500_000_000, 1_000_000_000]);
    expect(pool.status().backends[0]?.installed.map(({ model }) => model)).toContain('pullable:1b');
    await expect(pool.pull('pullable:1b ')).rejects.toMatchObject({
      code: 'rejected',
      message: '"pullable:1b " cannot be the name of a model',
    });
    await expect(pool.pull('nowhere:1b')).rejects.toMatchObject({ code: 'model-missing', retryable: false });
    await expect(pool.pull('pullable:1b', { backend: 'other' })).rejects.toMatchObject({ code: 'configuration' });
    await expect(pool.pull('pullable:1b', { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'aborted' });
    await fake.set({ kind: 'refuse' });
    await expect(pool.unload('large')).rejects.toMatchObject({
      code: 'backend-down',
      backend: 'fake',
      model: 'large:8b',
    });
  });
});

describe('close', () => {
  it('is the end: the pool does not start again', async () => {
    const opened = await openPool();
    await opened.pool.close();
    await expect(opened.pool.start()).rejects.toMatchObject({ code: 'backend-down', message: 'the pool is closed' });
    expect(opened.fake.log).toEqual([]);
    await opened.fake.close();
  });

  it('waits for running calls as long as it is told, then aborts them in a way that can be repeated', async () => {
    const opened = await openPool();
    const { pool, events } = opened;
    const short = pool.generate({ role: 'ux', prompt: 'x [tokens=5] [rate=50]' });
    const long = pool.generate({ role: 'planning', prompt: 'x [tokens=900] [rate=50]' });
    long.catch(() => {});
    await until('both run', () => events.filter(({ type }) => type === 'text-delta').length > 3);
    const closing = pool.close({ drainMs: 400 });
    expect(pool.close()).toBe(closing);
    expect(() => pool.call({ role: 'ux', prompt: 'x' })).toThrow(
      expect.objectContaining({ code: 'backend-down', retryable: true }),
    );
    expect((await short).end.status).toBe('ok');
    await expect(long).rejects.toMatchObject({ code: 'aborted', retryable: true });
    await closing;
    await pool[Symbol.asyncDispose]();
    await expect(pool.load('small')).rejects.toMatchObject({ code: 'backend-down' });
    await opened.fake.close();
    await opened.fake.close();
  });

  it('a call that was made before and begins after is refused', async () => {
    const opened = await openPool();
    const call = opened.pool.call({ role: 'ux', prompt: 'x' });
    await opened.pool.close();
    await expect(call.next()).rejects.toMatchObject({ code: 'backend-down' });
    await opened.fake.close();
  });

  it('ends what was asked for by hand in a way that can be repeated', async () => {
    const opened = await openPool({}, { timing: { loadMs: 60_000 } });
    const { pool, fake, events } = opened;
    const loading = pool.load('large');
    await fake.set({ kind: 'silent', path: '/api/pull' });
    const pulling = pool.pull('pullable:1b');
    const ended = Promise.allSettled([loading, pulling]);
    await until('asked', () => fake.log.some(({ path }) => path === '/api/pull'));
    await pool.close();
    const aborted = { reason: { code: 'aborted', retryable: true } };
    expect(await ended).toMatchObject([aborted, aborted]);
    expect(events.some(({ type }) => type === 'backend-down')).toBe(false);
    await fake.close();
  });

  it('leaves no load behind that waits for its turn in memory', async () => {
    const opened = await openScripted(
      { small: { bytes: 1e9 }, large: { bytes: 5e9 } },
      { memory: { budget: 5.8e9 }, residency: { swap: 'allow' } },
    );
    const { pool, events, server, settle, until: untilSeen } = opened;
    await settle(pool.load('small'));
    server.plan('small', { tokens: 1_000 });
    const talking = pool.generate({ role: 'ux', prompt: 'x' }).catch((error: unknown) => error);
    await untilSeen(() => events.some(({ type }) => type === 'text-delta'));
    const loading = pool.load('large').catch((error: unknown) => error);
    await opened.clock.advance(1_000);
    await settle(pool.close());
    expect(await talking).toMatchObject({ code: 'aborted' });
    expect(await settle(loading)).toMatchObject({ code: 'aborted', retryable: true, model: null });
    await opened.clock.advance(10_000);
    expect(server.loads).toEqual(['small']);
  });

  it('a call that nobody reads is nothing', async () => {
    await using opened = await openPool();
    const call = opened.pool.call({ role: 'ux', prompt: 'x' });
    expect(await call.return?.()).toEqual({ done: true, value: undefined });
    expect(await call.next()).toEqual({ done: true, value: undefined });
    expect(opened.events).toEqual([]);
  });
});

describe('listeners', () => {
  it('one that throws is logged and harms nobody, one that left hears nothing', async () => {
    const logged: object[] = [];
    const quiet = () => {};
    await using opened = await openPool({
      logger: { debug: quiet, info: quiet, warn: quiet, error: (fields) => logged.push(fields) },
    });
    const { pool } = opened;
    const stop = pool.subscribe(() => {
      throw new Error('mine');
    });
    await pool.generate({ role: 'ux', prompt: 'x [tokens=1]' });
    expect(logged.length).toBeGreaterThan(3);
    const before = logged.length;
    stop();
    await pool.generate({ role: 'ux', prompt: 'x [tokens=1]' });
    expect(logged.length).toBe(before);
  });

  it('a slow reader slows the stream down and loses nothing', async () => {
    await using opened = await openPool();
    let text = '';
    for await (const event of opened.pool.call({ role: 'ux', prompt: 'x [tokens=1000]' })) {
      if (event.type !== 'text-delta') continue;
      expect(event.offset).toBe(text.length);
      text += event.text;
      if (text.length % 100 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    }
    expect(text.split(' ')).toHaveLength(1000);
  });
});

describe('thinking', () => {
  it('is a text of its own with offsets of its own, and off for ux and with a format', async () => {
    const models = {
      small: { backend: 'fake', model: 'small:1b', contextTokens: 4096, think: true },
      large: { backend: 'fake', model: 'large:8b', contextTokens: 4096, think: true },
    };
    await using opened = await openPool({ models });
    const { pool, fake, events } = opened;
    const prompt = '[think=3] [say two words]';
    for (const request of [{ prompt }, { messages: [{ role: 'user', content: prompt }] }] as const) {
      const { text, thinking, end } = await pool.generate({ role: 'planning', ...request });
      expect([text, thinking, end.usage.outputTokens]).toEqual(['two words', 'hm hm hm', 5]);
    }
    const deltas = events.filter((event): event is TextDelta => event.type.endsWith('-delta')).slice(0, 5);
    expect(deltas.map(({ type, offset }) => [type, offset])).toEqual([
      ['thinking-delta', 0],
      ['thinking-delta', 2],
      ['thinking-delta', 5],
      ['text-delta', 0],
      ['text-delta', 3],
    ]);
    expect(await pool.generate({ role: 'ux', prompt })).toMatchObject({ thinking: '', text: 'two words' });
    expect(await pool.generate({ role: 'planning', prompt, format: 'json' })).toMatchObject({ thinking: '' });
    expect(fake.log.flatMap(({ body }) => (body?.think === undefined ? [] : [body.think]))).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });
});

describe('limits', () => {
  it('an answer that goes beyond its limit is cut here, and its connection closed', async () => {
    let isClosed = false;
    const line = (object: object) => `${JSON.stringify({ model: 'small:1b', ...object })}\n`;
    const server = createServer((request, response) => {
      response.on('close', () => {
        isClosed ||= request.url === '/api/chat';
      });
      if (request.url === '/api/ps') response.end(JSON.stringify({ models: [{ model: 'small:1b', size: 1 }] }));
      else if (request.url !== '/api/chat') response.end(JSON.stringify({ models: [], version: '1', done: true }));
      else for (let count = 0; count < 50; count += 1) response.write(line({ message: { content: `${count} ` } }));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const pool = createModelPool(poolOptions(`http://127.0.0.1:${(server.address() as AddressInfo).port}`));
    const { text, end } = await pool.generate({
      role: 'ux',
      messages: [{ role: 'user', content: 'x' }],
      maxOutputTokens: 3,
    });
    expect(text).toBe('0 1 2 ');
    expect(end).toMatchObject({ status: 'ok', finishReason: 'length', usage: { source: 'partial' }, error: null });
    await until('closed', () => isClosed);
    await pool.close();
    server.close();
  });

  it('a full lane refuses at once, in a way that can be repeated', async () => {
    await using opened = await openPool();
    const controller = new AbortController();
    const calls = Array.from({ length: 34 }, () =>
      opened.pool.generate({ role: 'ux', prompt: 'x [tokens=900] [rate=50]', signal: controller.signal }),
    );
    const results = Promise.allSettled(calls);
    await until('all wait', () => opened.events.filter(({ type }) => type === 'call-queued').length >= 32);
    controller.abort();
    const codes = (await results).map((result) =>
      result.status === 'rejected' ? (result.reason as ModelPoolError).code : 'ok',
    );
    expect(codes.filter((code) => code === 'overloaded')).toHaveLength(1);
    expect(codes.filter((code) => code === 'aborted')).toHaveLength(33);
  });
});

describe('learning', () => {
  it('the speed and the count of an estimator that was given are used', async () => {
    await using opened = await openPool({ countTokens: (text) => text.length }, { timing: { prefillMsPerToken: 1 } });
    const { pool } = opened;
    const { end } = await pool.generate({ role: 'ux', prompt: `x [tokens=20] [rate=200] ${'word '.repeat(60)}` });
    expect(end.estimatedInputTokens).toBeGreaterThan(300);
    const [small] = pool.status().models;
    expect(small?.tokensPerSecond).toBeGreaterThan(10);
    expect(small?.loadMs).toBeGreaterThan(0);
    expect(small?.digest).toMatch(/^[0-9a-f]{64}$/);
    expect(end.modelDigest).toBe(small?.digest);
  });
});

describe('readInstalledModels', () => {
  it('tells what a choice of models needs to know', async () => {
    await using opened = await openPool();
    const models = await readInstalledModels({ kind: 'ollama', url: opened.fake.url });
    expect(models).toMatchObject([
      { model: 'small:1b', kvBytesPerToken: 22_528, capabilities: ['completion', 'tools', 'thinking'] },
      { model: 'large:8b' },
    ]);
    expect(chooseModels({ budgetBytes: 20e9, available: models })).toMatchObject({
      ux: { model: 'small:1b' },
      planning: { model: 'large:8b' },
    });
    await opened.fake.set({ kind: 'refuse' });
    await expect(readInstalledModels({ kind: 'ollama', url: opened.fake.url })).rejects.toMatchObject({
      code: 'backend-down',
    });
  });
});
