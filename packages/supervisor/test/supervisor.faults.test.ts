import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { temporaryFolder, until } from '@tale/test-kit';
import { describe, expect, inject, it } from 'vitest';
import { readRuntimeFile, type ServerSpec, type ServerStatus } from '../src/index.js';
import { hasEnded } from '../src/process-table.js';
import { about, act, server, statusOf, supervise, token, urlOf } from './servers.js';

describe('a server that fails', () => {
  it('SUPERVISOR-1: is served again after kill -9, as a new process with a new nonce', async () => {
    await using running = await supervise([server('one')]);
    await running.supervisor.start();
    for (let round = 1; round <= 3; round++) {
      const before = statusOf(running.supervisor, 'one');
      process.kill(before.pid ?? 0, 'SIGKILL');
      await until('it is ready again', () => {
        const { state, pid } = statusOf(running.supervisor, 'one');
        return state === 'ready' && pid !== before.pid;
      });
      const after = statusOf(running.supervisor, 'one');
      expect(after).toMatchObject({ restarts: round, lastExit: { code: null, signal: 'SIGKILL' } });
      expect(after.nonce).not.toBe(before.nonce);
      expect(await about(after.url)).toMatchObject({ pid: after.pid, nonce: after.nonce });
    }
  });

  it('takes its grandchildren along, and no other server', async () => {
    await using running = await supervise([server('one', { hasGrandchild: true }), server('two')]);
    await running.supervisor.start();
    const { grandchild } = await about(urlOf(running.supervisor, 'one'));
    const { pid } = statusOf(running.supervisor, 'two');
    process.kill(statusOf(running.supervisor, 'one').pid ?? 0, 'SIGKILL');
    await until('the grandchild ended', () => hasEnded(grandchild ?? 0));
    expect(statusOf(running.supervisor, 'two')).toMatchObject({ pid, state: 'ready', restarts: 0 });
  });

  it('is replaced when its event loop stands still', async () => {
    await using running = await supervise([server('one'), server('two')]);
    await running.supervisor.start();
    const before = statusOf(running.supervisor, 'one');
    await act(before, '/block?ms=60000');
    await until('it is replaced', () => statusOf(running.supervisor, 'one').restarts === 1, 25_000);
    await until('it is ready', () => statusOf(running.supervisor, 'one').state === 'ready');
    expect(running.states).toContain('one 1 unresponsive');
    expect(statusOf(running.supervisor, 'one').lastExit).toMatchObject({ signal: 'SIGKILL' });
    expect(statusOf(running.supervisor, 'two').restarts).toBe(0);
  }, 60_000);

  it('is replaced when it is suspended', async () => {
    await using running = await supervise([server('one')]);
    await running.supervisor.start();
    process.kill(statusOf(running.supervisor, 'one').pid ?? 0, 'SIGSTOP');
    await until('it is replaced', () => statusOf(running.supervisor, 'one').restarts === 1, 25_000);
  }, 60_000);

  it('stays up while it says that it is degraded', async () => {
    await using running = await supervise([server('one')]);
    await running.supervisor.start();
    const { pid } = statusOf(running.supervisor, 'one');
    await act(statusOf(running.supervisor, 'one'), '/degraded?reason=disk%20full');
    await until('it is degraded', () => statusOf(running.supervisor, 'one').state === 'degraded');
    expect(statusOf(running.supervisor, 'one')).toMatchObject({ reason: 'disk full', pid });
    expect(readRuntimeFile(running.folder)?.servers).toHaveLength(1);
    expect(await running.supervisor.start()).toMatchObject([{ state: 'degraded' }]);
    await act(statusOf(running.supervisor, 'one'), '/degraded');
    await until('it is well again', () => statusOf(running.supervisor, 'one').state === 'ready');
  });

  it('is drained and restarted when it passes its memory limit', async () => {
    await using running = await supervise([server('one', {}, { memoryLimitBytes: 200_000_000 })]);
    await running.supervisor.start();
    await act(statusOf(running.supervisor, 'one'), '/memory?bytes=250000000');
    await until('it drains', () => statusOf(running.supervisor, 'one').state === 'draining');
    expect(statusOf(running.supervisor, 'one').reason).toContain('memory');
    await until('it is ready', () => statusOf(running.supervisor, 'one').state === 'ready');
    expect(statusOf(running.supervisor, 'one')).toMatchObject({ restarts: 1, lastExit: { code: 0 } });
    expect(running.states).not.toContain('one 1 waiting');
  });

  it('reports beats and usage', async () => {
    await using running = await supervise([server('one')]);
    const beats: ServerStatus[] = [];
    running.supervisor.events.on('server-beat', (status) => beats.push(status));
    await running.supervisor.start();
    await until('two beats', () => beats.length >= 2);
    const { beat, usage } = beats.at(-1) ?? {};
    expect(beat?.rssBytes).toBeGreaterThan(10_000_000);
    expect(beat?.heapBytes).toBeGreaterThan(1_000_000);
    expect(beat).toMatchObject({ inFlight: 0, queued: 0, running: 0, slots: 0, counters: {} });
    expect(usage).toMatchObject({ rssBytes: beat?.rssBytes, cpuRatio: expect.any(Number) });
  });
});

describe('runtime.json', () => {
  it('SUPERVISOR-4: lists exactly the servers that accept work', async () => {
    await using running = await supervise([server('one', { drainsForMs: 300 })]);
    const listed = () => readRuntimeFile(running.folder)?.servers.map(({ name }) => name);
    const seen: string[] = [];
    running.supervisor.events.on('server-state', ({ state }) => seen.push(`${state}: ${listed()}`));
    await running.supervisor.start();
    const { name, instance, url, pid, nonce } = statusOf(running.supervisor, 'one');
    expect(readRuntimeFile(running.folder)).toEqual({
      format: 'tale.runtime/1',
      daemonId: 'daemon',
      token,
      servers: [{ name, instance, url, pid, nonce }],
    });
    await running.supervisor.stop();
    expect(seen).toContain('ready: one');
    expect(seen).toContain('draining: ');
  });
});

describe('a server that runs elsewhere', () => {
  it('stands in runtime.json from the first start to the close', async () => {
    const door = { name: 'door', instance: 1, url: 'http://127.0.0.1:1', pid: process.pid, nonce: 'n' };
    await using running = await supervise([server('one')], { listed: [door] });
    await running.supervisor.start();
    expect(readRuntimeFile(running.folder)?.servers.map(({ name }) => name)).toEqual(['door', 'one']);
    await running.supervisor.stop();
    expect(readRuntimeFile(running.folder)?.servers).toEqual([door]);
    await running.supervisor.close();
    expect(readRuntimeFile(running.folder)).toBeNull();
  });
});

describe('a listener that throws', () => {
  it('is logged and disturbs nothing', async () => {
    const logged: string[] = [];
    const logger = {
      debug() {},
      info() {},
      warn() {},
      error: (_: object, message: string) => void logged.push(message),
    };
    await using running = await supervise([server('one')], { logger });
    running.supervisor.events.on('server-state', () => {
      throw new Error('of the listener');
    });
    expect(await running.supervisor.start()).toMatchObject([{ state: 'ready' }]);
    expect(logged).toContain('a listener threw');
  });
});

describe('a supervisor that is killed', () => {
  async function start(folder: string, servers: readonly ServerSpec[]) {
    const program = join(inject('children'), 'supervisor-main.mjs');
    const child = spawn(process.execPath, [program, JSON.stringify({ folder, servers })], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = (await once(child.stdout, 'data')) as [Buffer];
    return { child, statuses: JSON.parse(String(line)) as ServerStatus[] };
  }
  const foreign = (): ServerSpec => {
    const program = `require('http').createServer((q, r) => r.end()).listen(process.env.TALE_PORT, '127.0.0.1')`;
    return server(
      'foreign',
      {},
      { file: null, command: [process.execPath, '-e', program], ready: { by: 'http', timeoutMs: 20_000 } },
    );
  };

  it('SUPERVISOR-3: leaves no child of ours, no grandchild either', async () => {
    await using folder = await temporaryFolder();
    const { child, statuses } = await start(folder.path, [
      server('one', { hasGrandchild: true, ignoresStop: true }),
      server('two'),
    ]);
    const { grandchild } = await about(statuses[0]?.url ?? null);
    const pids = [...statuses.map(({ pid }) => pid ?? 0), grandchild ?? 0];
    expect(pids.some(hasEnded)).toBe(false);
    child.kill('SIGKILL');
    await until('all ended', () => pids.every(hasEnded), 5_000);
  });

  it('SUPERVISOR-3: foreign programs are ended by the next supervisor, which then serves as ever', async () => {
    await using folder = await temporaryFolder();
    const { child, statuses } = await start(folder.path, [foreign()]);
    const orphan = statuses[0]?.pid ?? 0;
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(hasEnded(orphan)).toBe(false);
    await using running = await supervise([foreign()], {}, folder);
    expect(await running.supervisor.start()).toMatchObject([{ state: 'ready' }]);
    expect(hasEnded(orphan)).toBe(true);
    expect(statusOf(running.supervisor, 'foreign').pid).not.toBe(orphan);
    const recorded = JSON.parse(await readFile(join(folder.path, 'pids.json'), 'utf8'));
    expect(recorded.processes.map(({ pid }: { pid: number }) => pid)).toEqual([
      statusOf(running.supervisor, 'foreign').pid,
    ]);
  });

  it('asleep with all its servers (SIGSTOP, later SIGCONT) holds the silence against none', async () => {
    await using folder = await temporaryFolder();
    const { child, statuses } = await start(folder.path, [server('one'), server('two')]);
    const pids = [child.pid ?? 0, ...statuses.map(({ pid }) => pid ?? 0)];
    for (const pid of pids) process.kill(pid, 'SIGSTOP');
    await sleep(7_000);
    for (const pid of pids) process.kill(pid, 'SIGCONT');
    // Longer than silence is borne, so that a wrong judgement would show.
    await sleep(6_000);
    expect(readRuntimeFile(folder.path)?.servers.map(({ pid }) => pid)).toEqual(statuses.map(({ pid }) => pid));
    child.kill('SIGKILL');
    await until('all ended', () => pids.every(hasEnded), 5_000);
  }, 60_000);
});
