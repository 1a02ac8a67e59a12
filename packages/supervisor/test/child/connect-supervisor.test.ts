import { EventEmitter } from 'node:events';
import { manualClock } from '@tale/test-kit';
import { describe, expect, it } from 'vitest';
import { connectSupervisor, type HostProcess } from '../../src/child/index.js';
import type { ChildMessage, SupervisorMessage } from '../../src/messages.js';

const servers = [{ name: 'other', instance: 1, url: 'http://127.0.0.1:1', pid: 1, nonce: 'n' }];
const startMessage: SupervisorMessage = { type: 'start', daemonId: 'daemon', token: 'token', servers };

/** A process as the library sees it: what it sends, how it ends. */
function fakeHost(env: Record<string, string>, hasParent = true) {
  const events = new EventEmitter();
  const sent: ChildMessage[] = [];
  const ends: string[] = [];
  const host: HostProcess = {
    env,
    pid: 4_711,
    ...(hasParent && {
      send(message: unknown, callback: (error: Error | null) => void) {
        sent.push(message as ChildMessage);
        callback(null);
        return true;
      },
    }),
    on: (event, listener) => events.on(event, listener),
    off: (event, listener) => events.off(event, listener),
    kill: (pid, signal) => ends.push(`kill ${pid} ${signal}`) > 0,
    exit: (code) => void ends.push(`exit ${code}`),
  };
  return { host, events, sent, ends, receive: (message: unknown) => events.emit('message', message) };
}
const env = { TALE_SERVER: 'one', TALE_INSTANCE: '2', TALE_NONCE: 'nonce', TALE_PORT: '8080' };
const turns = () => new Promise((resolve) => setImmediate(resolve));

async function connected() {
  const fake = fakeHost(env);
  const clock = manualClock();
  const connecting = connectSupervisor({ host: fake.host, clock });
  fake.receive({ type: 'unknown' });
  fake.receive(startMessage);
  return { ...fake, clock, connection: await connecting };
}

describe('a supervised server', () => {
  it('has its place from the environment and its token from the first message', async () => {
    const { connection } = await connected();
    expect(connection).toMatchObject({
      isSupervised: true,
      server: 'one',
      instance: 2,
      nonce: 'nonce',
      port: 8_080,
      daemonId: 'daemon',
      token: 'token',
      runtime: servers,
    });
    await connection.close();
  });

  it('says when it is ready and when it is degraded', async () => {
    const { connection, sent } = await connected();
    connection.ready({ url: 'http://127.0.0.1:8080' });
    connection.degraded('disk');
    connection.degraded(null);
    expect(sent.slice(1)).toEqual([
      { type: 'ready', url: 'http://127.0.0.1:8080' },
      { type: 'degraded', reason: 'disk' },
      { type: 'degraded', reason: null },
    ]);
    await connection.close();
  });

  it('beats each second, with its own counts, until it is closed', async () => {
    const { connection, sent, clock } = await connected();
    Object.assign(connection.load, { inFlight: 1, queued: 2, running: 3, slots: 4 });
    connection.load.counters.hits = 5;
    await clock.advance(2_000);
    const beats = sent.filter((message) => message.type === 'beat');
    expect(beats).toHaveLength(3);
    expect(beats.at(-1)?.beat).toMatchObject({ inFlight: 1, queued: 2, running: 3, slots: 4, counters: { hits: 5 } });
    expect(beats.at(-1)?.beat.atMs).toBe(clock.now());
    await connection.close();
    await connection[Symbol.asyncDispose]();
    await clock.advance(5_000);
    expect(sent).toHaveLength(3);
  });

  it('learns of other servers as they come and go', async () => {
    const { connection, receive } = await connected();
    const heard: number[] = [];
    connection.events.on('runtime', (now) => heard.push(now.length));
    receive({ type: 'runtime', servers: [] });
    expect(connection.runtime).toEqual([]);
    receive({ type: 'runtime', servers });
    expect(heard).toEqual([0, 1]);
    await connection.close();
  });

  it('ends with its whole group when the supervisor is gone', async () => {
    const { events, ends } = await connected();
    events.emit('disconnect');
    expect(ends).toEqual(['kill -4711 SIGKILL', 'exit 1']);
  });

  it('ends also where it leads no group', async () => {
    const fake = fakeHost(env);
    fake.host.kill = () => {
      throw new Error('ESRCH');
    };
    const connecting = connectSupervisor({ host: fake.host, clock: manualClock() });
    fake.receive(startMessage);
    await connecting;
    fake.events.emit('disconnect');
    expect(fake.ends).toEqual(['exit 1']);
  });

  it('ignores SIGINT', async () => {
    const { events, ends } = await connected();
    events.emit('SIGINT', 'SIGINT');
    await turns();
    expect(ends).toEqual([]);
  });
});

describe('a stop', () => {
  it('runs the handlers one after another and exits with 0', async () => {
    const { connection, receive, ends } = await connected();
    const order: string[] = [];
    connection.onStop(async ({ drainMs, signal }) => {
      await turns();
      order.push(`first ${drainMs} ${signal.aborted}`);
    });
    connection.onStop(() => void order.push('second'));
    receive({ type: 'stop', drainMs: 500 });
    for (let turn = 0; turn < 3; turn++) await turns();
    expect(order).toEqual(['first 500 false', 'second']);
    expect(ends).toEqual(['exit 0']);
  });

  it('is cut short by SIGTERM and by another stop, and not begun twice', async () => {
    const { connection, receive, events, ends } = await connected();
    let begun = 0;
    connection.onStop(async ({ signal }) => {
      begun++;
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
    });
    receive({ type: 'stop', drainMs: 60_000 });
    await turns();
    expect(ends).toEqual([]);
    events.emit('SIGTERM', 'SIGTERM');
    events.emit('SIGTERM', 'SIGTERM');
    await turns();
    expect([begun, ends]).toEqual([1, ['exit 0']]);
  });

  it('by SIGTERM alone has no time for a drain', async () => {
    const { connection, events, ends } = await connected();
    let isAborted = false;
    connection.onStop(({ signal, drainMs }) => {
      isAborted = signal.aborted && drainMs === 0;
    });
    events.emit('SIGTERM', 'SIGTERM');
    await turns();
    expect([isAborted, ends]).toEqual([true, ['exit 0']]);
  });

  it('goes on after a handler that throws, and exits with 1', async () => {
    const { connection, receive, ends } = await connected();
    let isSecondRun = false;
    connection.onStop(() => {
      throw new Error('of the handler');
    });
    connection.onStop(() => {
      isSecondRun = true;
    });
    receive({ type: 'stop', drainMs: 0 });
    await turns();
    expect([isSecondRun, ends]).toEqual([true, ['exit 1']]);
  });
});

describe('without a supervisor', () => {
  it('takes everything from the environment, or makes it up', async () => {
    const given = { ...env, TALE_TOKEN: 'own' };
    const own = await connectSupervisor({ host: fakeHost(given, false).host });
    expect(own).toMatchObject({
      isSupervised: false,
      server: 'one',
      instance: 2,
      port: 8_080,
      token: 'own',
      daemonId: null,
    });
    const bare = await connectSupervisor({ host: fakeHost({}, true).host });
    expect(bare).toMatchObject({ isSupervised: false, server: 'server', instance: 1, port: 0, runtime: [] });
    expect(bare.token).toMatch(/^[0-9a-f]{64}$/);
    bare.ready({ url: null });
    await own.close();
    await bare.close();
  });

  it('stops at SIGINT, and survives the end of a channel that is none of ours', async () => {
    const { host, events, ends } = fakeHost({});
    const connection = await connectSupervisor({ host });
    events.emit('disconnect');
    expect(ends).toEqual([]);
    events.emit('SIGINT', 'SIGINT');
    await turns();
    expect(ends).toEqual(['exit 0']);
    await connection.close();
  });

  it('uses this process by default', async () => {
    const before = process.listenerCount('SIGTERM');
    const connection = await connectSupervisor();
    expect(process.listenerCount('SIGTERM')).toBe(before + 1);
    await connection.close();
    expect(process.listenerCount('SIGTERM')).toBe(before);
  });
});
