import { writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { temporaryFolder } from '@tale/test-kit';
import { afterEach, describe, expect, it } from 'vitest';
import { readRuntimeFile } from '../src/index.js';
import { memoryLock } from '../src/testing/index.js';
import { about, act, hurriedClock, server, statusOf, supervise, token, urlOf } from './servers.js';

const opened: Server[] = [];
afterEach(() => {
  for (const one of opened.splice(0)) one.close();
});
async function takePort(): Promise<number> {
  const holder = createServer();
  opened.push(holder);
  await new Promise<void>((resolve) => holder.listen(0, '127.0.0.1', resolve));
  return (holder.address() as { port: number }).port;
}

describe('start', () => {
  it('resolves when every server answers, and starts in the given order', async () => {
    await using running = await supervise([
      server('last', {}, { order: 30 }),
      server('first', {}, { order: 10 }),
      server('middle', {}, { order: 20, instances: 2 }),
    ]);
    const started = await running.supervisor.start();
    expect(started.map(({ name, instance, state }) => `${name} ${instance} ${state}`)).toEqual([
      'first 1 ready',
      'middle 1 ready',
      'middle 2 ready',
      'last 1 ready',
    ]);
    expect(running.states.filter((state) => state.endsWith('starting'))).toEqual([
      'first 1 starting',
      'middle 1 starting',
      'middle 2 starting',
      'last 1 starting',
    ]);
    for (const { url, pid } of started) expect(await about(url)).toMatchObject({ pid });
  });

  it('starts four at a time', async () => {
    await using running = await supervise([server('many', { readyAfterMs: 50 }, { instances: 7 })]);
    const starting = () => running.supervisor.status().filter(({ state }) => state === 'starting').length;
    let most = 0;
    running.supervisor.events.on('server-state', () => {
      most = Math.max(most, starting());
    });
    await running.supervisor.start();
    expect(most).toBe(4);
  });

  it('starts only the servers named, and leaves ready ones alone', async () => {
    await using running = await supervise([server('one'), server('two')]);
    await running.supervisor.start(['one']);
    const { pid } = statusOf(running.supervisor, 'one');
    expect(statusOf(running.supervisor, 'two').state).toBe('stopped');
    await running.supervisor.start();
    expect(statusOf(running.supervisor, 'one').pid).toBe(pid);
    expect(statusOf(running.supervisor, 'two').state).toBe('ready');
  });

  it('joins calls at the same time: one process', async () => {
    await using running = await supervise([server('one')]);
    const calls = await Promise.all([1, 2, 3, 4].map(() => running.supervisor.start()));
    expect(new Set(calls.map(([status]) => status?.pid)).size).toBe(1);
    expect(running.states).toEqual(['one 1 starting', 'one 1 ready']);
  });

  it('gives a child its place by environment, and the token by neither environment nor arguments', async () => {
    process.env.TALE_TEST_SECRET = 'of the parent';
    await using running = await supervise([server('one', {}, { env: { OWN: 'yes' } })]);
    await running.supervisor.start();
    delete process.env.TALE_TEST_SECRET;
    const status = statusOf(running.supervisor, 'one');
    const child = await about(status.url);
    expect(child.env).toMatchObject({ TALE_SERVER: 'one', TALE_INSTANCE: '1', TALE_NONCE: status.nonce, OWN: 'yes' });
    expect(child.env.TALE_PORT).toBe(new URL(status.url ?? '').port);
    expect(child.env.TALE_TEST_SECRET).toBeUndefined();
    expect(JSON.stringify([child.env, child.arguments])).not.toContain(token);
  });

  it('tells each server where the others are, also later ones', async () => {
    await using running = await supervise([server('one', {}, { order: 1 }), server('two', {}, { order: 2 })]);
    await running.supervisor.start(['one']);
    expect((await about(urlOf(running.supervisor, 'one'))).servers.map(({ name }) => name)).toEqual(['one']);
    await running.supervisor.start(['two']);
    const expected = running.supervisor.status().map(({ name, url }) => ({ name, url }));
    for (const { url } of running.supervisor.status()) expect((await about(url)).servers).toMatchObject(expected);
  });

  it('rejects with start-timeout, without leaving the process, and tries again later', async () => {
    await using running = await supervise([
      server('slow', { hangs: true }, { ready: { by: 'ipc', timeoutMs: 700 } }),
      server('quick'),
    ]);
    await expect(running.supervisor.start()).rejects.toMatchObject({
      code: 'start-timeout',
      retryable: true,
      server: 'slow',
      instance: 1,
    });
    expect(statusOf(running.supervisor, 'quick').state).toBe('ready');
    await expect(running.supervisor.start()).rejects.toMatchObject({ code: 'start-timeout' });
    expect(running.states.filter((state) => state === 'slow 1 starting').length).toBeGreaterThanOrEqual(2);
  });

  it.each([2, 3])(
    'does not retry after exit %i, and rejects with refused-by-child and the last lines',
    async (exitCode) => {
      await using running = await supervise([server('wrong', { exitCode, stderr: 'no such key: prot\n' })]);
      await expect(running.supervisor.start()).rejects.toMatchObject({
        code: 'refused-by-child',
        retryable: false,
        server: 'wrong',
        lastLines: ['no such key: prot'],
      });
      expect(running.states).toEqual(['wrong 1 starting', 'wrong 1 refused']);
    },
  );

  it('gives up after five exits and rejects with crash-loop, while others go on', async () => {
    await using running = await supervise([server('broken', { exitCode: 1 }), server('sound')]);
    const alarms: string[] = [];
    running.supervisor.events.on('crash-loop', ({ name, lastExit }) => alarms.push(`${name} ${lastExit?.code}`));
    await expect(running.supervisor.start()).rejects.toMatchObject({
      code: 'crash-loop',
      retryable: false,
      server: 'broken',
    });
    expect(alarms).toEqual(['broken 1']);
    expect(statusOf(running.supervisor, 'broken')).toMatchObject({ state: 'crash-loop', restarts: 4 });
    expect(statusOf(running.supervisor, 'sound').state).toBe('ready');
    await expect(running.supervisor.start(['broken'])).rejects.toMatchObject({ code: 'crash-loop' });
  });

  it('counts exits by the monotonic clock: a clock that is set back makes no crash loop', async () => {
    let passedMs = 0;
    const clock = { ...hurriedClock, now: () => 1_800_000_000_000 - passedMs, monotonicMs: () => passedMs };
    await using running = await supervise([server('rare', { exitCode: 1 })], { clock });
    const abort = new AbortController();
    running.supervisor.events.on('server-state', ({ state, restarts }) => {
      if (state === 'starting') passedMs += 20_000; // never more than three exits within a minute
      if (restarts === 6) abort.abort(new Error('enough seen'));
    });
    await expect(running.supervisor.start(undefined, { signal: abort.signal })).rejects.toThrow('enough seen');
    expect(running.states).not.toContain('rare 1 crash-loop');
  });

  it('says so when the program of a foreign server does not exist', async () => {
    const spec = server(
      'foreign',
      {},
      { file: null, command: ['/no/such/program'], ready: { by: 'http', timeoutMs: 5_000 } },
    );
    await using running = await supervise([spec], { clock: hurriedClock });
    await expect(running.supervisor.start()).rejects.toMatchObject({ code: 'crash-loop' });
    expect(statusOf(running.supervisor, 'foreign').reason).toContain('ENOENT');
  });

  it('waits for the HTTP answer of a foreign program', async () => {
    const program = `require('http').createServer((q, r) => r.end()).listen(process.env.TALE_PORT, '127.0.0.1')`;
    const command = [process.execPath, '-e', `setTimeout(() => { ${program} }, 300)`] as const;
    await using running = await supervise([
      server('foreign', {}, { file: null, command, ready: { by: 'http', timeoutMs: 20_000 } }),
    ]);
    const [status] = await running.supervisor.start();
    expect(status).toMatchObject({ state: 'ready', beat: null });
    expect((await fetch(status?.url ?? '')).status).toBe(200);
    await running.supervisor.stop();
  });

  it('ends the waiting, not the servers, when its signal aborts', async () => {
    await using running = await supervise([server('one', { readyAfterMs: 200 })]);
    const abort = new AbortController();
    const start = running.supervisor.start(undefined, { signal: abort.signal });
    abort.abort(new Error('enough'));
    await expect(start).rejects.toThrow('enough');
    await expect(running.supervisor.start(undefined, { signal: AbortSignal.abort() })).rejects.toThrow();
    expect(await running.supervisor.start()).toMatchObject([{ state: 'ready', restarts: 0 }]);
  });

  it('knows only the servers of its specs', async () => {
    await using running = await supervise([server('one')]);
    await expect(running.supervisor.start(['other'])).rejects.toMatchObject({ code: 'not-found', server: 'other' });
    await expect(running.supervisor.stop(['other'])).rejects.toMatchObject({ code: 'not-found', retryable: false });
    await expect(running.supervisor.restart('other')).rejects.toMatchObject({ code: 'not-found' });
  });
});

describe('ports', () => {
  it('falls back to the next free port that no other server wants', async () => {
    const wanted = await takePort();
    await using running = await supervise([
      server('one', {}, { port: { wanted, fallback: true } }),
      server('two', {}, { port: { wanted: wanted + 1, fallback: true }, order: 2 }),
    ]);
    const [one, two] = await running.supervisor.start();
    expect(Number(new URL(one?.url ?? '').port)).toBeGreaterThan(wanted + 1);
    expect(two?.state).toBe('ready');
  });

  it('gives further instances the ports from `more`, one after another', async () => {
    const more = await takePort();
    opened.splice(0).map((holder) => holder.close());
    const port = { wanted: 0, more, fallback: false };
    await using running = await supervise([server('one', {}, { instances: 2, port })]);
    const [, second] = await running.supervisor.start();
    expect(second).toMatchObject({ instance: 2, state: 'ready', url: `http://127.0.0.1:${more}` });
  });

  it('refuses a server without fallback and names who holds its port', async () => {
    const wanted = await takePort();
    await using running = await supervise([server('one', {}, { port: { wanted, fallback: false } })]);
    await expect(running.supervisor.start()).rejects.toMatchObject({
      code: 'port-taken',
      retryable: true,
      holder: { pid: process.pid, command: expect.stringContaining('node') },
    });
    expect(statusOf(running.supervisor, 'one').state).toBe('refused');
    opened.splice(0).map((holder) => holder.close());
    expect(await running.supervisor.start()).toMatchObject([{ state: 'ready', url: `http://127.0.0.1:${wanted}` }]);
  });

  it('tries another port when the child itself finds it taken (exit 4)', async () => {
    await using folder = await temporaryFolder();
    const file = join(folder.path, 'child.mjs');
    const wanted = await takePort();
    opened.splice(0).map((holder) => holder.close());
    await writeFile(
      file,
      `if (process.env.TALE_PORT === '${wanted}') process.exit(4);
      process.on('message', () => {});
      process.send({ type: 'hello' });
      process.send({ type: 'ready', url: 'http://127.0.0.1:' + process.env.TALE_PORT });`,
    );
    await using running = await supervise([server('one', {}, { file, port: { wanted, fallback: true } })]);
    const [status] = await running.supervisor.start();
    expect(Number(new URL(status?.url ?? '').port)).toBeGreaterThan(wanted);
    expect(running.states).toContain('one 1 waiting');
    await running.supervisor.stop(undefined, { drainMs: 0 });
  });

  it('refuses a server without fallback that exits with 4', async () => {
    await using running = await supervise([server('one', { exitCode: 4 }, { port: { wanted: 0, fallback: false } })]);
    await expect(running.supervisor.start()).rejects.toMatchObject({ code: 'port-taken', server: 'one' });
  });

  it('keeps the port over a crash', async () => {
    await using running = await supervise([server('one')]);
    await running.supervisor.start();
    const before = statusOf(running.supervisor, 'one');
    await act(before, '/exit?code=1');
    await new Promise<void>((resolve) => {
      running.supervisor.events.on('server-state', ({ state, pid }) => {
        if (state === 'ready' && pid !== before.pid) resolve();
      });
    });
    expect(urlOf(running.supervisor, 'one')).toBe(before.url);
  });
});

describe('one supervisor per folder', () => {
  it('a second one is locked out until the first is closed', async () => {
    const lock = memoryLock();
    await using first = await supervise([server('one')], { lock });
    await first.supervisor.start();
    await using second = await supervise([server('one')], { lock });
    await expect(second.supervisor.start()).rejects.toMatchObject({
      code: 'locked',
      retryable: true,
      holder: { pid: process.pid },
    });
    expect(readRuntimeFile(first.folder)?.servers).toHaveLength(1);
    await first.supervisor.close();
    expect(await second.supervisor.start()).toMatchObject([{ state: 'ready' }]);
  });
});
