import { manualClock, until } from '@tale/test-kit';
import { describe, expect, it } from 'vitest';
import type { PoolEvent } from '../../src/index.js';
import { createRemotePool } from '../../src/remote/index.js';
import { openPool, serve } from '../setup/open-pool.js';
import { beginEvents, eventOf, rawServer } from './raw-server.js';

const quiet = () => {};

describe('a listener of a remote', () => {
  it('hears every event, through a restart of the server on another port, until it stops to listen', async () => {
    await using opened = await openPool();
    const first = await serve(opened.pool);
    let url = first.url;
    const logged: object[] = [];
    await using pool = createRemotePool({
      url: () => url,
      logger: { debug: quiet, info: quiet, warn: quiet, error: (fields) => logged.push(fields) },
    });
    const events: PoolEvent[] = [];
    const stop = pool.subscribe((event) => {
      events.push(event);
      if (event.type === 'call-start') throw new Error('mine');
    });
    const callUntilHeard = (count: number) =>
      until(`${count} calls heard`, async () => {
        await opened.pool.generate({ role: 'ux', prompt: 'x [tokens=1]' });
        return events.filter(({ type }) => type === 'call-end').length >= count;
      });
    await callUntilHeard(2);
    expect(logged.length).toBeGreaterThan(0);
    await first.close();
    await using second = await serve(opened.pool);
    url = second.url;
    await callUntilHeard(4);
    stop();
    const before = events.length;
    await opened.pool.generate({ role: 'ux', prompt: 'x' });
    expect(events.length).toBe(before);
  });

  it('hears what is said while it hears, in order', async () => {
    await using opened = await openPool();
    await using served = await serve(opened.pool);
    await using pool = createRemotePool({ url: served.url });
    const events: PoolEvent[] = [];
    pool.subscribe((event) => events.push(event));
    await until('it listens', async () => {
      await opened.pool.generate({ role: 'ux', prompt: 'x [tokens=1]' });
      return events.length > 0;
    });
    await opened.pool.generate({ role: 'ux', prompt: 'last [tokens=500]', requestId: 'LAST' });
    await until('the last end', () => events.some((event) => event.type === 'call-end' && event.requestId === 'LAST'));
    const heard = JSON.stringify(events.slice(-400));
    expect(heard).toBe(JSON.stringify(opened.events.slice(-400)));
  });

  it('asks again after pauses that grow to 5 s, and shrink once something was heard', async () => {
    const clock = manualClock();
    let asked = 0;
    let speaks = false;
    await using server = await rawServer((response) => {
      asked += 1;
      beginEvents(response);
      response.end(speaks ? eventOf('backend-up', { type: 'backend-up' }) : ': hello\n\n');
    });
    const failed: object[] = [];
    await using pool = createRemotePool({
      url: server.url,
      clock: { ...clock, monotonicMs: clock.now },
      logger: { debug: (fields) => failed.push(fields), info: quiet, warn: quiet, error: quiet },
    });
    const heard: PoolEvent[] = [];
    pool.subscribe((event) => heard.push(event));
    const askedAfter = async (pauseMs: number, expected: number) => {
      await until(`request ${expected - 1}`, () => asked === expected - 1);
      // The stream ends a moment after the server has ended it: nothing is asked before the whole pause is over.
      await until('the next request', async () => {
        await clock.advance(pauseMs / 10);
        return asked === expected;
      });
    };
    let expected = 1;
    for (const pauseMs of [100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000]) await askedAfter(pauseMs, ++expected);
    speaks = true;
    await askedAfter(5_000, ++expected);
    await until('an event', () => heard.length > 0);
    const beforeMs = clock.now();
    await askedAfter(100, ++expected);
    expect(clock.now() - beforeMs).toBeLessThan(5_000);
    expect(failed).toEqual([]);
  });

  it('does not ask again once it stopped to listen', async () => {
    let asked = 0;
    await using server = await rawServer((response) => {
      asked += 1;
      beginEvents(response);
      response.write(': hello\n\n');
    });
    await using pool = createRemotePool({ url: server.url });
    const stop = pool.subscribe(quiet);
    await until('it listens', () => asked === 1);
    stop();
    stop();
    const clock = manualClock();
    await using other = createRemotePool({ url: 'http://127.0.0.1:9', clock: { ...clock, monotonicMs: clock.now } });
    other.subscribe(quiet)();
    await clock.advance(60_000);
    expect(asked).toBe(1);
  });
});
