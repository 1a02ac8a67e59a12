import { manualClock, until } from '@tale/test-kit';
import { describe, expect, it } from 'vitest';
import type { CallEvent, ModelPoolOptions } from '../../src/index.js';
import { createRemotePool } from '../../src/remote/index.js';
import { openPool, serve } from '../setup/open-pool.js';
import { beginEvents, eventOf, rawServer } from './raw-server.js';

const textOf = (events: readonly CallEvent[]) =>
  events.map((event) => (event.type === 'text-delta' ? event.text : '')).join('');

/** Reads to the end, whatever it is. */
async function drain(
  events: AsyncIterable<CallEvent>,
  onEvent: (event: CallEvent) => unknown = () => {},
): Promise<{ readonly events: readonly CallEvent[]; readonly error: unknown }> {
  const seen: CallEvent[] = [];
  try {
    for await (const event of events) {
      seen.push(event);
      await onEvent(event);
    }
    return { events: seen, error: null };
  } catch (error) {
    return { events: seen, error };
  }
}

const longContext: Partial<ModelPoolOptions> = {
  models: {
    small: { backend: 'fake', model: 'small:1b', contextTokens: 131_072, slots: 2 },
    large: { backend: 'fake', model: 'large:8b', contextTokens: 4_096 },
  },
};

describe('the events of a remote call', () => {
  it('all come, one by one and in order, to a reader that is slower than 100,000 of them', async () => {
    await using opened = await openPool(longContext);
    await using served = await serve(opened.pool);
    const clock = manualClock();
    await using pool = createRemotePool({ url: served.url, clock: { ...clock, monotonicMs: clock.now } });
    let sent = 0;
    opened.pool.subscribe(({ type }) => {
      if (type === 'text-delta') sent += 1;
    });
    let ahead = 0;
    let count = 0;
    const { events, error } = await drain(pool.call({ role: 'ux', prompt: 'x [tokens=100000]' }), async ({ type }) => {
      if (type !== 'text-delta' || ++count !== 10) return;
      // A reader that stands still stops everybody behind it.
      let before = -1;
      await until('the pool to rest', () => {
        const isAtRest = sent === before;
        before = sent;
        return isAtRest;
      });
      ahead = sent - count;
      // It may take longer than a stream may be silent.
      await clock.advance(600_000);
    });
    expect(error).toBeNull();
    const deltas = events.flatMap((event) => (event.type === 'text-delta' ? [event] : []));
    expect(deltas).toHaveLength(100_000);
    let offset = 0;
    for (const delta of deltas) {
      if (delta.offset !== offset) expect(delta.offset).toBe(offset);
      offset += delta.text.length;
    }
    expect(events.at(-1)).toMatchObject({ type: 'call-end', status: 'ok', usage: { outputTokens: 100_000 } });
    expect(ahead).toBeLessThan(50_000);
  }, 120_000);

  it('of two calls at the same time keep apart', async () => {
    await using opened = await openPool(longContext, { slots: 2 });
    await using served = await serve(opened.pool);
    await using pool = createRemotePool({ url: served.url });
    const calls = ['one', 'two'].map((word) => pool.call({ role: 'ux', prompt: `[say ${`${word} `.repeat(300)}]` }));
    const seen: CallEvent[][] = [[], []];
    const open = new Set([0, 1]);
    while (open.size > 0) {
      for (const index of open) {
        const step = await calls[index]?.next();
        if (step?.done !== false) open.delete(index);
        else seen[index]?.push(step.value);
      }
    }
    expect(seen.map(textOf)).toEqual([Array(300).fill('one').join(' '), Array(300).fill('two').join(' ')]);
    for (const events of seen) expect(new Set(events.map(({ requestId }) => requestId)).size).toBe(1);
  });

  it('are over with the last one, though the server keeps the connection', async () => {
    await using server = await rawServer((response) => {
      beginEvents(response);
      response.write(eventOf('text-delta', { type: 'text-delta', text: 'x' }) + eventOf('request-end', {}));
    });
    await using pool = createRemotePool({ url: server.url });
    const { events, error } = await drain(pool.call({ role: 'ux', prompt: 'x' }));
    expect({ text: textOf(events), error }).toEqual({ text: 'x', error: null });
  });
});

describe('a remote call', () => {
  it('sends its options, and nothing that has no place in JSON', async () => {
    const bodies: unknown[] = [];
    await using server = await rawServer(async (response, request) => {
      const parts: Buffer[] = [];
      for await (const part of request) parts.push(part as Buffer);
      bodies.push(JSON.parse(Buffer.concat(parts).toString()));
      beginEvents(response);
      response.end(eventOf('request-end', {}));
    });
    await using pool = createRemotePool({ url: server.url });
    const options = {
      role: 'ux',
      prompt: 'x',
      topP: 0.5,
      stop: ['a'],
      preferredModel: 'm',
      coverWhileLoading: 'ux',
    } as const;
    await drain(pool.call({ ...options, signal: new AbortController().signal, seed: undefined }));
    expect(bodies).toEqual([options]);
  });

  it('whose server is killed in the middle is a broken stream, with what came', async () => {
    await using opened = await openPool();
    await using served = await serve(opened.pool);
    await using pool = createRemotePool({ url: served.url });
    const { events, error } = await drain(pool.call({ role: 'ux', prompt: 'x [tokens=900] [rate=50]' }), ({ type }) => {
      if (type === 'text-delta') served.cut();
    });
    expect(textOf(events).length).toBeGreaterThan(0);
    expect(error).toMatchObject({ code: 'stream-broken', retryable: true, partialText: textOf(events) });
    await until('the call over there ends', () => opened.events.some(({ type }) => type === 'call-end'));
  });

  it('whose server is killed before it answers can be repeated', async () => {
    await using server = await rawServer((response) => response.socket?.resetAndDestroy());
    await using pool = createRemotePool({ url: server.url });
    await expect(pool.generate({ role: 'ux', prompt: 'x' })).rejects.toMatchObject({
      ...{ code: 'backend-down', retryable: true, partialText: null },
    });
  });

  it('whose stream ends without its last event says so', async () => {
    await using server = await rawServer((response) => {
      beginEvents(response);
      response.end(`: hello\n\n${eventOf('text-delta', { type: 'text-delta', text: 'half' })}`);
    });
    await using pool = createRemotePool({ url: server.url });
    await expect(pool.generate({ role: 'ux', prompt: 'x' })).rejects.toMatchObject({
      ...{ code: 'stream-broken', retryable: true, partialText: 'half', details: { fault: 'no-end' } },
    });
    await expect(pool.pull('x')).rejects.toMatchObject({ code: 'stream-broken', details: { fault: 'no-end' } });
  });

  it('drops the text that a fallback voids', async () => {
    await using server = await rawServer((response) => {
      beginEvents(response);
      response.write(eventOf('text-delta', { type: 'text-delta', text: 'void' }));
      response.write(eventOf('call-fallback', { type: 'call-fallback', dropText: true }));
      response.end(eventOf('text-delta', { type: 'text-delta', text: 'kept' }));
    });
    await using pool = createRemotePool({ url: server.url });
    await expect(pool.generate({ role: 'ux', prompt: 'x' })).rejects.toMatchObject({ partialText: 'kept' });
  });

  it('whose stream is no stream of events is broken', async () => {
    await using server = await rawServer((response) => {
      beginEvents(response);
      response.end('event: x\ndata: {broken\n\n');
    });
    await using pool = createRemotePool({ url: server.url });
    await expect(pool.generate({ role: 'ux', prompt: 'x' })).rejects.toMatchObject({ code: 'stream-broken' });
  });

  it('whose stream is silent for too long is broken', async () => {
    await using server = await rawServer((response) => {
      beginEvents(response);
      response.write(': hello\n\n');
    });
    await using pool = createRemotePool({ url: server.url, silenceMs: 100 });
    await expect(pool.generate({ role: 'ux', prompt: 'x' })).rejects.toMatchObject({
      ...{ code: 'stream-broken', retryable: true, details: { fault: 'silence' } },
    });
  });

  it('does nothing before its first step, and nothing after it was left', async () => {
    let requests = 0;
    await using server = await rawServer(() => {
      requests += 1;
    });
    await using pool = createRemotePool({ url: server.url });
    const call = pool.call({ role: 'ux', prompt: 'x' });
    expect(await call.return?.()).toEqual({ done: true, value: undefined });
    expect(await call.next()).toEqual({ done: true, value: undefined });
    expect(requests).toBe(0);
  });

  it('can be ended while the server says nothing, or is not even known', async () => {
    let isAsked = false;
    await using server = await rawServer(() => {
      isAsked = true;
    });
    const never = new Promise<string>(() => {});
    for (const url of [server.url, () => never]) {
      await using pool = createRemotePool({ url });
      const controller = new AbortController();
      const result = drain(pool.call({ role: 'ux', prompt: 'x', signal: controller.signal }));
      if (typeof url === 'string') await until('the request', () => isAsked);
      controller.abort(new Error('enough'));
      expect(await result).toMatchObject({
        events: [],
        error: { code: 'aborted', cause: { message: 'enough' }, partialText: null },
      });
    }
  });

  it('that cannot learn where the server is fails in a way that can be repeated', async () => {
    const lost = () => Promise.reject(new Error('no such server'));
    for (const options of [{ url: lost }, { url: 'http://127.0.0.1:9', token: lost }]) {
      await using pool = createRemotePool(options);
      await expect(pool.generate({ role: 'ux', prompt: 'x' })).rejects.toMatchObject({ code: 'backend-down' });
      await expect(pool.status()).rejects.toMatchObject({ code: 'backend-down' });
    }
  });
});
