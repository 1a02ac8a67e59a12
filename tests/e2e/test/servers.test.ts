import { chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { documentOf, failureOf } from './harness/document.js';
import { canSeeProcesses } from './harness/processes.js';
import { startTale } from './harness/tale.js';

it('E2E-SERVERS-1 starts, shows, restarts and stops the servers; each twice is no failure', async () => {
  await using tale = await startTale();
  expect(documentOf(await tale.run(['servers', 'status', '--json']), 'tale.servers/1')).toMatchObject({
    running: false,
  });

  const started = documentOf(await tale.run(['servers', 'start', '--execution', '2', '--json']), 'tale.servers/1');
  const names = started.servers.map(({ name, instance }: { name: string; instance: number }) => `${name} ${instance}`);
  expect(names.sort()).toEqual(['execution 1', 'execution 2', 'gateway 1', 'models 1', 'ux-agent 1']);
  expect(started.servers.every(({ state }: { state: string }) => state === 'ready')).toBe(true);
  const again = documentOf(await tale.run(['servers', 'start', '--json']), 'tale.servers/1');
  expect(again.daemonId).toBe(started.daemonId);

  const { pid } = tale.server('models');
  expect((await tale.run(['servers', 'restart', 'models'])).code).toBe(0);
  expect(tale.server('models').pid).not.toBe(pid);
  const unknown = await tale.run(['servers', 'restart', 'modls', '--json']);
  expect(unknown.code).toBe(4);
  expect(failureOf(unknown).code).toBe('not-found');

  const stopped = documentOf(await tale.run(['servers', 'stop', '--json']), 'tale.servers/1');
  expect(stopped).toMatchObject({ running: false, stopped: 6 });
  expect(tale.running()).toEqual([]); // at once: the command waits until they are gone
  expect((await tale.run(['servers', 'stop'])).stdout).toBe('servers were not running\n');
});

it.skipIf(!canSeeProcesses)(
  'E2E-SERVERS-2 starts one set of servers however many ask at the same moment',
  async () => {
    await using tale = await startTale();
    const starts = Array.from({ length: 20 }, () => tale.run(['servers', 'start', '--json'], { timeoutMs: 55_000 }));
    const ends = await Promise.all(starts);
    expect(ends.map(({ code }) => code)).toEqual(ends.map(() => 0));
    const daemons = new Set(ends.map((end) => documentOf(end, 'tale.servers/1').daemonId));
    expect(daemons.size).toBe(1);
    expect(
      tale
        .processes()
        .map(({ command }) => command)
        .sort(),
    ).toEqual(['tale-execution', 'tale-gateway', 'tale-models', 'tale-supervisor', 'tale-ux-agent']);
  },
  90_000,
);

/** Listens on a port, 0 for any; resolves with the port, or `null` where somebody else has it. */
function listen(server: Server, port = 0): Promise<number | null> {
  return new Promise((resolve) => {
    server.once('error', () => resolve(null));
    server.listen(port, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
}

it('E2E-SERVERS-3 takes free ports where strangers hold the usual ones', async () => {
  const answer = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi';
  const strangers = [8080, 8081, 8083].map((port) => ({
    port,
    server: createServer((socket) => socket.on('error', () => {}).end(answer)),
  }));
  try {
    const taken: (number | null)[] = [];
    for (const { port, server } of strangers) taken.push(await listen(server, port));
    await using tale = await startTale();
    const { code, stdout, stderr } = await tale.run(['submit', '[say found a way]']);
    expect({ code, stdout }, stderr).toEqual({ code: 0, stdout: 'found a way\n' });
    for (const { url } of tale.runtime().servers) expect(taken).not.toContain(Number(new URL(url).port));
  } finally {
    for (const { server } of strangers) server.close();
  }
});

it('E2E-SERVERS-8 E2E-EXIT-5 keeps to a port that was asked for, and names who has it', async () => {
  const stranger = createServer();
  try {
    const port = await listen(stranger);
    await using tale = await startTale();
    const refused = await tale.run(['servers', 'start', '--port', String(port), '--json']);
    expect(refused.code, refused.stderr).toBe(5);
    const { code, message } = failureOf(refused);
    expect(code).toBe('port-taken');
    expect(message).toContain(`port ${port} is taken`);
    if (canSeeProcesses) expect(message).toContain(`process ${process.pid}`);
    await expect.poll(() => tale.running()).toEqual([]);
  } finally {
    stranger.close();
  }
});

it('E2E-SERVERS-4 refuses a second supervisor on one data folder, and the first goes on', async () => {
  await using tale = await startTale();
  expect((await tale.run(['servers', 'start'])).code).toBe(0);
  const { daemonId } = tale.runtime();
  const second = await tale.run(['servers', 'start', '--foreground', '--json']);
  expect(second.code).toBe(5);
  expect(failureOf(second).code).toBe('locked');
  expect(tale.runtime().daemonId).toBe(daemonId);
  expect((await tale.run(['submit', '[say here]'])).stdout).toBe('here\n');
});

it('E2E-SERVERS-5 starts anew after the supervisor was killed, and no server outlives it', async () => {
  await using tale = await startTale();
  expect((await tale.run(['submit', '[say before]'])).code).toBe(0);
  process.kill(tale.server('supervisor').pid, 'SIGKILL');
  await expect.poll(() => tale.processes().length, { timeout: 10_000 }).toBe(0);
  expect((await tale.run(['list'])).stderr).toMatch(/^servers are down/);
  expect((await tale.run(['submit', '[say after]'])).stdout).toBe('after\n');
});

it('E2E-SERVERS-6 stays attached with --foreground and stops everything on Ctrl+C', async () => {
  await using tale = await startTale();
  const foreground = tale.spawn(['servers', 'start', '--foreground']);
  await foreground.shows('servers are ready');
  expect((await tale.run(['submit', '[say hello]'])).stdout).toBe('hello\n');
  foreground.signal('SIGINT');
  const { code } = await foreground.ended;
  expect([0, 130]).toContain(code);
  expect(tale.running()).toEqual([]);
});

it('E2E-SERVERS-7 stops also what is only starting', async () => {
  // An address at which somebody listens and says nothing makes the start take a moment.
  const silent = createServer();
  const url = `http://127.0.0.1:${await listen(silent)}`;
  try {
    await using tale = await startTale({ models: 'none', env: { TALE_OLLAMA_URL: url } });
    const starting = tale.spawn(['servers', 'start']);
    await expect.poll(() => existsSync(join(tale.dataFolder, 'lock.db.pid')), { interval: 5 }).toBe(true);
    starting.signal('SIGINT');
    expect((await starting.ended).code).toBe(130);
    expect((await tale.run(['servers', 'stop'])).code).toBe(0);
    expect(tale.running()).toEqual([]);
  } finally {
    silent.close();
  }
});

it('E2E-DATA-1 E2E-EXIT-3 refuses a data folder that is a link or that others may write to, and touches nothing behind it', async () => {
  const elsewhere = mkdtempSync(join(tmpdir(), 'tale-e2e-elsewhere-'));
  try {
    for (const make of [
      (path: string) => symlinkSync(elsewhere, path),
      (path: string) => {
        mkdirSync(path);
        chmodSync(path, 0o777);
      },
    ]) {
      await using tale = await startTale();
      make(tale.dataFolder);
      const refused = await tale.run(['submit', '--json', 'hello']);
      expect(refused.code, refused.stderr).toBe(3);
      expect(failureOf(refused)).toMatchObject({ code: 'unsafe-file' });
      expect(failureOf(refused).message).toContain(tale.dataFolder);
      await expect.poll(() => tale.running()).toEqual([]);
      rmSync(tale.dataFolder, { recursive: true });
    }
  } finally {
    rmSync(elsewhere, { recursive: true });
  }
});

it('E2E-DATA-3 keeps everything in the folders of the system where TALE_HOME is not set', async () => {
  await using tale = await startTale();
  const home = join(tale.home, 'home');
  const env = { TALE_HOME: '' };
  expect((await tale.run(['submit', '[say at home]'], { env })).stdout).toBe('at home\n');
  expect(existsSync(join(home, '.local/share/tale/runtime.json'))).toBe(true);
  expect(existsSync(join(home, '.local/state/tale/logs'))).toBe(true);
  expect((await tale.run(['servers', 'stop'], { env })).code).toBe(0);

  const elsewhere = join(tale.home, 'xdg');
  const moved = { ...env, XDG_DATA_HOME: elsewhere, XDG_STATE_HOME: elsewhere };
  expect((await tale.run(['servers', 'start'], { env: moved })).code).toBe(0);
  expect(existsSync(join(elsewhere, 'tale/runtime.json'))).toBe(true);
  expect((await tale.run(['servers', 'stop'], { env: moved })).code).toBe(0);
  expect(existsSync(tale.dataFolder)).toBe(false);
});

const isRoot = process.getuid?.() === 0;

it.skipIf(!isRoot)(
  'E2E-DATA-1 E2E-EXIT-3 refuses a data folder of another user (only root can make one: skipped for others)',
  async () => {
    await using tale = await startTale();
    mkdirSync(tale.dataFolder, { mode: 0o700 });
    chownSync(tale.dataFolder, 65_534, 65_534);
    const refused = await tale.run(['submit', '--json', 'hello']);
    expect(refused.code, refused.stderr).toBe(3);
    expect(failureOf(refused).message).toMatch(/another user/);
  },
);

it('E2E-DATA-2 E2E-EXIT-3 names the folder in which nothing can be written', async () => {
  await using tale = await startTale();
  chmodSync(tale.home, 0o500);
  // Root writes into every folder, except where the system itself keeps its state.
  const home = isRoot ? '/sys/tale' : tale.home;
  const refused = await tale.run(['submit', '--json', 'hello'], { env: { TALE_HOME: home } });
  chmodSync(tale.home, 0o700);
  expect(refused.code, refused.stderr).toBe(3);
  expect(failureOf(refused)).toMatchObject({ code: 'not-writable' });
  expect(failureOf(refused).message).toContain(home);
});
