import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromCallError, poolError, toCallError, withFacts } from '../../src/calls/call-error.js';
import { type CallTimes, splitTime } from '../../src/calls/call-times.js';
import { settleUsage, type UsageView } from '../../src/calls/call-usage.js';
import { collectCall } from '../../src/calls/collect-call.js';
import { EventChannel } from '../../src/calls/event-channel.js';
import { WellFormedText } from '../../src/calls/well-formed.js';
import { ModelPoolError } from '../../src/index.js';

describe('splitTime', () => {
  const times: CallTimes = {
    enteredMs: 0,
    grantedMs: 10,
    askedMs: 12,
    readyMs: 112,
    sentMs: 113,
    firstMs: 150,
    textMs: 151,
    answeredMs: 213,
    endedMs: 220,
  };
  it('the server says what it waited, read and wrote; the wire has the rest', () => {
    expect(splitTime(times, { totalMs: 95, loadMs: 5, prefillMs: 30, decodeMs: 50 })).toEqual({
      durationMs: 220,
      queueMs: 10,
      loadMs: 100,
      serverWaitMs: 15,
      prefillMs: 30,
      decodeMs: 50,
      transportMs: 5,
      poolMs: 10,
      ttftMs: 151,
    });
  });
  it('without the words of the server the first object parts reading from writing', () => {
    expect(splitTime(times, null)).toMatchObject({
      serverWaitMs: null,
      prefillMs: 37,
      decodeMs: 63,
      transportMs: null,
      poolMs: 10,
    });
    expect(splitTime({ ...times, firstMs: null, textMs: null }, null)).toMatchObject({
      prefillMs: 100,
      decodeMs: null,
      ttftMs: null,
    });
  });
  it('times of the server that are longer than the call are not believed', () => {
    expect(splitTime(times, { totalMs: 900, loadMs: 0, prefillMs: 30, decodeMs: 50 }).serverWaitMs).toBeNull();
  });
  it('a call that never had its model spent its time on that', () => {
    expect(splitTime({ ...times, readyMs: null, sentMs: null, firstMs: null, textMs: null }, null)).toMatchObject({
      loadMs: 201,
      prefillMs: null,
      poolMs: 9,
    });
    expect(splitTime({ ...times, askedMs: null, readyMs: null, sentMs: null }, null).loadMs).toBeNull();
  });
  it('MODEL-POOL-8: the parts sum up to the whole within 1 ms, whatever the server says', () => {
    const ms = fc.double({ min: 0, max: 1e5, noNaN: true });
    fc.assert(
      fc.property(
        fc.array(ms, { minLength: 8, maxLength: 8 }),
        fc.option(fc.record({ totalMs: ms, loadMs: ms, prefillMs: ms, decodeMs: ms })),
        (steps, server) => {
          let nowMs = 0;
          const [enteredMs, grantedMs, askedMs, readyMs, sentMs, firstMs, answeredMs, endedMs] = steps.map(
            (step) => (nowMs += step),
          ) as [number, number, number, number, number, number, number, number];
          const sane = server !== null && server.prefillMs + server.decodeMs <= server.totalMs ? server : null;
          const {
            durationMs,
            ttftMs: _,
            ...parts
          } = splitTime(
            { enteredMs, grantedMs, askedMs, readyMs, sentMs, firstMs, textMs: null, answeredMs, endedMs },
            sane,
          );
          const sum = Object.values(parts).reduce<number>((total, part) => total + (part ?? 0), 0);
          expect(Math.abs(sum - durationMs)).toBeLessThanOrEqual(1);
          expect(Object.values(parts).every((part) => part === null || part >= 0)).toBe(true);
        },
      ),
    );
  });
});

describe('settleUsage', () => {
  const unwritten = { cacheWriteTokens: null, reasoningTokens: null };
  const none = { inputTokens: null, outputTokens: null, cacheReadTokens: null, ...unwritten };
  const view: UsageView = {
    isWhole: true,
    reported: none,
    pieces: 5,
    textTokens: 0,
    promptTokens: 9,
    isSent: true,
    isRead: true,
  };
  const rows: [string, Partial<UsageView>, object][] = [
    [
      'the counts of the server are reported',
      { reported: { inputTokens: 20, outputTokens: 6, cacheReadTokens: 4, ...unwritten } },
      { inputTokens: 20, outputTokens: 6, cacheReadTokens: 4, source: 'reported' },
    ],
    [
      'a count that was left out is counted',
      { reported: { ...none, inputTokens: 20 } },
      { inputTokens: 20, outputTokens: 5, source: 'partial' },
    ],
    [
      'a prompt of 0 tokens is not believed',
      { reported: { ...none, inputTokens: 0, outputTokens: 5 } },
      { inputTokens: 9, outputTokens: 5, source: 'partial' },
    ],
    [
      'no text and no count are 0 tokens',
      { pieces: 0, reported: { ...none, inputTokens: 20 } },
      { outputTokens: 0, source: 'reported' },
    ],
    [
      'text with a count of 0 is counted',
      { reported: { ...none, inputTokens: 20, outputTokens: 0 } },
      { outputTokens: 5, source: 'partial' },
    ],
    [
      'more cached than read is not believed',
      { reported: { inputTokens: 3, outputTokens: 6, cacheReadTokens: 4, ...unwritten } },
      { cacheReadTokens: null, source: 'reported' },
    ],
    ['a cut answer counts its pieces', { isWhole: false }, { inputTokens: 9, outputTokens: 5, source: 'partial' }],
    [
      'a cut answer counts its text where that is more',
      { isWhole: false, textTokens: 7 },
      { outputTokens: 7, source: 'partial' },
    ],
    [
      'a cut answer takes the count of a server that counts along',
      {
        isWhole: false,
        textTokens: 7,
        reported: { inputTokens: 20, outputTokens: 4, cacheReadTokens: null, ...unwritten },
      },
      { inputTokens: 20, outputTokens: 4, source: 'partial' },
    ],
    [
      'a call that was not read is an estimate',
      { isWhole: false, isRead: false, pieces: 0 },
      { inputTokens: 9, outputTokens: 0, source: 'estimated' },
    ],
    [
      'a call that was not sent cost nothing',
      { isWhole: false, isRead: false, isSent: false, pieces: 0 },
      { inputTokens: 0, outputTokens: 0, source: 'estimated' },
    ],
  ];
  for (const [name, more, expected] of rows) {
    it(name, () =>
      expect(settleUsage({ ...view, ...more })).toMatchObject({
        cacheWriteTokens: null,
        reasoningTokens: null,
        ...expected,
      }),
    );
  }
});

describe('EventChannel', () => {
  it('a slow reader holds up the writer, and a release lets it go', async () => {
    const channel = new EventChannel<number>(2);
    channel.push(1);
    expect(channel.room()).toBeUndefined();
    channel.push(2);
    const room = channel.room();
    expect(room).toBeInstanceOf(Promise);
    expect(await channel.next()).toEqual({ done: false, value: 1 });
    await room;
    channel.push(3);
    const again = channel.room();
    channel.release();
    await again;
    expect(channel.room()).toBeUndefined();
  });
  it('two who wait at the same time both get theirs', async () => {
    const channel = new EventChannel<number>();
    const both = Promise.all([channel.next(), channel.next(), channel.next()]);
    channel.push(1);
    channel.push(2);
    channel.end();
    expect((await both).map(({ value }) => value)).toEqual([1, 2, undefined]);
  });
  it('an error comes after the events, once', async () => {
    const channel = new EventChannel<number>();
    const pending = channel.next();
    channel.push(1);
    channel.end(new Error('mine'));
    channel.end();
    channel.push(2);
    expect(await pending).toEqual({ done: false, value: 1 });
    await expect(channel.next()).rejects.toThrow('mine');
    expect(await channel.next()).toEqual({ done: true, value: undefined });
  });
});

describe('WellFormedText', () => {
  it('pieces cut inside a pair join to the same text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.array(fc.nat(40)), (text, cuts) => {
        const places = [...new Set(cuts.map((cut) => cut % (text.length + 1)))].sort((a, b) => a - b);
        const carrier = new WellFormedText();
        const joined =
          [0, ...places].map((from, index) => carrier.push(text.slice(from, places[index] ?? text.length))).join('') +
          carrier.end();
        expect(joined).toBe(text);
      }),
    );
  });
  it('lone halves become U+FFFD', () => {
    const carrier = new WellFormedText();
    expect(carrier.push('a\udc00b\ud800')).toBe('a\uFFFDb');
    expect(carrier.push('c')).toBe('\uFFFDc');
    expect(carrier.push('\ud800')).toBe('');
    expect(carrier.end()).toBe('\uFFFD');
    expect(carrier.end()).toBe('');
  });
});

describe('errors', () => {
  it('keep their facts over the wire', () => {
    const error = poolError('stalled', 'words', {
      backend: 'b',
      model: 'm',
      attempt: 2,
      partialText: 'p',
      retryAfterMs: 5,
      details: { a: 1 },
    });
    expect(fromCallError(JSON.parse(JSON.stringify(toCallError(error))))).toMatchObject({
      ...toCallError(error),
      name: 'ModelPoolError',
    });
  });
  it('facts that are there stay', () => {
    expect(withFacts(poolError('stalled', 'w', { model: 'first' }), { model: 'second', backend: 'b' })).toMatchObject({
      model: 'first',
      backend: 'b',
      retryable: true,
    });
  });
  it('what is no error of the package, or an unknown code, is a broken stream', () => {
    expect(toCallError(new Error('x'))).toMatchObject({ code: 'stream-broken', message: 'x' });
    expect(toCallError('x')).toMatchObject({ code: 'stream-broken', message: 'x' });
    expect(fromCallError({ ...toCallError(new Error('x')), code: 'odd' }).code).toBe('stream-broken');
  });
  it('are known by their brand', () => {
    expect(ModelPoolError.isInstance(poolError('stalled', 'x'))).toBe(true);
    expect(ModelPoolError.isInstance(new Error('x'))).toBe(false);
    expect(ModelPoolError.isInstance(null)).toBe(false);
    expect(new ModelPoolError('rejected', 'x')).toMatchObject({ retryable: false, retryAfterMs: null, details: {} });
  });
  it('a collected call without its last event is broken', async () => {
    await expect(collectCall((async function* () {})())).rejects.toMatchObject({ code: 'stream-broken' });
  });
});
