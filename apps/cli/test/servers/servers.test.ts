import { spawn } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { restartServers } from '../../src/commands/servers-restart.js';
import { startServers } from '../../src/commands/servers-start.js';
import { serversStatus } from '../../src/commands/servers-status.js';
import { stopServers } from '../../src/commands/servers-stop.js';
import { ensureServers } from '../../src/servers/ensure-servers.js';
import { isRunning } from '../../src/servers/is-running.js';
import { stopServers as stopServersOf } from '../../src/servers/stop-servers.js';
import { startFakeTale } from '../support/fake-tale.js';
import { createHome } from '../support/home.js';
import { bundle } from '../support/run-bundle.js';
import { createTestContext } from '../support/streams.js';

/** A home whose servers are the stand-in, stopped at the end. */
async function createSystem(mode = 'ready', env: NodeJS.ProcessEnv = {}) {
  const home = await createHome();
  const all = {
    ...process.env,
    ...home.env,
    TALE_SERVERS_ENTRY: `${bundle}/fake/fake-supervisor.js`,
    FAKE_SUPERVISOR: mode,
    ...env,
  };
  return {
    home,
    test: (options = {}) => createTestContext(home, { ...options, env: all }),
    async [Symbol.asyncDispose]() {
      await stopServersOf(home.folders.data);
      await home[Symbol.asyncDispose]();
    },
  };
}

const settings = { start: true, port: null, executionInstances: null, signal: new AbortController().signal };

describe('tale servers start and stop', () => {
  it('starts what is not running, says so, and stops it to the last process', async () => {
    await using system = await createSystem();
    const start = system.test();
    await startServers(start.context, {});
    expect(start.err()).toBe('starting servers…\n  gateway ready\n  models ready\n  execution ready\n');
    expect(start.out()).toMatch(/^SERVER +STATE +SINCE +RESTARTS +PID +MEMORY +ADDRESS\ngateway +ready/);

    const status = system.test({ json: true });
    await serversStatus(status.context);
    const { daemonId, servers } = status.document() as { daemonId: string; servers: { pid: number }[] };
    expect(status.document()).toMatchObject({ schema: 'tale.servers/1', running: true });
    expect(isRunning(servers[0]!.pid)).toBe(true);

    const again = system.test({ json: true });
    await startServers(again.context, { port: '8090' });
    expect(again.document()).toMatchObject({ daemonId });
    expect(again.err()).toContain('they run already');

    const stop = system.test();
    await stopServers(stop.context);
    expect(stop.out()).toBe('stopped 4 processes\n');
    expect(isRunning(servers[0]!.pid)).toBe(false);
  });

  it('hands port and number of execution servers to the start', async () => {
    await using system = await createSystem();
    const { context } = system.test();
    const { runtime } = await ensureServers(context, { ...settings, port: 8090, executionInstances: 4 });
    const { createServerClient } = await import('../../src/gateway/server-client.js');
    const supervisor = createServerClient({ name: 'supervisor', url: runtime.servers[0]!.url, token: runtime.token });
    expect(await supervisor.get('/v1/servers')).toMatchObject({ env: { port: '8090', execution: '4' } });
  });

  it('waits for a start by somebody else: 5 at once are one supervisor', async () => {
    await using system = await createSystem('ready', { FAKE_START_MS: '600' });
    const starts = await Promise.all(
      Array.from({ length: 5 }, async () => {
        const { context } = system.test();
        return (await ensureServers(context, settings)).runtime.servers[0]!.pid;
      }),
    );
    expect(new Set(starts).size).toBe(1);
  });

  it.each([
    ['port-taken', { exitCode: 5, envelope: { code: 'port-taken', hint: 'tale servers start --port 8090' } }],
    ['bad-config', { exitCode: 3, envelope: { code: 'config', details: { code: 'unknown-key' } } }],
    ['crash', { exitCode: 5, envelope: { code: 'start-failed' } }],
  ])('tells why a start failed: %s', async (mode, failure) => {
    await using system = await createSystem(mode);
    await expect(startServers(system.test().context, {})).rejects.toMatchObject(failure);
  });

  it('says what is missing where nothing is built', async () => {
    await using system = await createSystem('ready', { TALE_SERVERS_ENTRY: '/nowhere/supervisor.js' });
    await expect(startServers(system.test().context, {})).rejects.toMatchObject({
      exitCode: 5,
      envelope: { code: 'start-failed', hint: 'npm run build' },
    });
  });

  it('gives up when a start by somebody else does not come to an end', async () => {
    await using system = await createSystem();
    const { writeFile } = await import('node:fs/promises');
    await writeFile(`${system.home.folders.data}/fake.lock`, '');
    await expect(ensureServers(system.test().context, { ...settings, waitMs: 500 })).rejects.toMatchObject({
      envelope: { code: 'start-failed', retryable: true },
    });
  });

  it('leaves when it is interrupted, and refuses to start where it may not', async () => {
    await using system = await createSystem('hang');
    const controller = new AbortController();
    const started = ensureServers(system.test().context, { ...settings, signal: controller.signal });
    setTimeout(() => controller.abort(new Error('interrupted')), 300);
    await expect(started).rejects.toThrow('interrupted');
    await expect(ensureServers(system.test().context, { ...settings, start: false })).rejects.toMatchObject({
      envelope: { code: 'servers-down' },
    });
  });

  it('refuses ports and numbers that cannot be', async () => {
    await using system = await createSystem();
    await expect(startServers(system.test().context, { port: '0' })).rejects.toMatchObject({ exitCode: 2 });
    await expect(startServers(system.test().context, { execution: 'many' })).rejects.toMatchObject({ exitCode: 2 });
  });

  it('has nothing to stop where nothing runs', async () => {
    await using home = await createHome();
    const { context, out } = createTestContext(home);
    await stopServers(context);
    expect(out()).toBe('servers were not running\n');
    const json = createTestContext(home, { json: true });
    await stopServers(json.context);
    expect(json.document()).toMatchObject({ schema: 'tale.servers/1', running: false, stopped: 0 });
  });

  it('ends what a dead supervisor left behind, and nobody else', async () => {
    await using home = await createHome();
    await using tale = await startFakeTale();
    const stranger = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 30_000)'], { stdio: 'ignore' });
    const orphan = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 30_000)'], { stdio: 'ignore' });
    const entry = { name: 'gateway', instance: 1, url: tale.url, nonce: tale.nonce, pid: orphan.pid };
    const stale = { ...entry, name: 'models', nonce: 'of another time', pid: stranger.pid };
    await home.writeRuntime({ ...tale.runtime(), servers: [entry, stale] });
    expect(await stopServersOf(home.folders.data)).toBe(1);
    expect(isRunning(stranger.pid!)).toBe(true);
    stranger.kill();
  });

  it.each(['', '{"format":"tale.runtime/9"}'])('starts over a damaged runtime file: %j', async (text) => {
    await using system = await createSystem();
    const { writeFile } = await import('node:fs/promises');
    await writeFile(`${system.home.folders.data}/runtime.json`, text, { mode: 0o600 });
    const { context, out } = system.test();
    await startServers(context, {});
    expect(out()).toContain('gateway');
  });

  it('stops whoever holds the lock where the runtime file is damaged', async () => {
    await using home = await createHome();
    const path = `${home.folders.data}/lock.db`;
    const script = `
      const sqlite = new (require('better-sqlite3'))(${JSON.stringify(path)}, { timeout: 0 });
      sqlite.pragma('locking_mode = EXCLUSIVE');
      sqlite.exec('begin exclusive');
      require('node:fs').writeFileSync(${JSON.stringify(`${path}.pid`)}, String(process.pid));
      console.log('held');
      setTimeout(() => {}, 30_000);`;
    const holder = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'ignore'] });
    await new Promise((resolve) => holder.stdout.once('data', resolve));
    const { writeFile } = await import('node:fs/promises');
    await writeFile(`${home.folders.data}/runtime.json`, '', { mode: 0o600 });
    expect(await stopServersOf(home.folders.data)).toBe(1);
    expect(isRunning(holder.pid!)).toBe(false);
    expect(await stopServersOf(home.folders.data)).toBe(0);
  });

  it('says so where servers run and their runtime file cannot be read', async () => {
    await using system = await createSystem('locked');
    const { writeFile } = await import('node:fs/promises');
    await writeFile(`${system.home.folders.data}/runtime.json`, '{}', { mode: 0o600 });
    await expect(ensureServers(system.test().context, { ...settings, waitMs: 300 })).rejects.toMatchObject({
      exitCode: 5,
      envelope: { code: 'locked', hint: 'tale servers stop, then tale servers start' },
    });
  });

  it('names what does not stop', async () => {
    await using home = await createHome();
    await using tale = await startFakeTale();
    const stubborn = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 30_000)'], { stdio: 'ignore' });
    tale.answers['POST /v1/servers/stop'] = () => ({ stopping: true });
    await home.writeRuntime(tale.runtime(['supervisor', 'gateway'], stubborn.pid));
    await expect(stopServersOf(home.folders.data, undefined, 200)).rejects.toMatchObject({
      envelope: { code: 'timeout', retryable: true },
    });
    stubborn.kill();
  });
});

describe('tale servers restart', () => {
  it('restarts one server and starts all where none runs', async () => {
    await using system = await createSystem();
    const start = system.test();
    await restartServers(start.context, undefined);
    expect(start.err()).toContain('starting servers…');
    const restart = system.test();
    await restartServers(restart.context, 'models');
    expect(restart.out()).toContain('models');
    expect(restart.err()).toBe('');
  });
});

describe('tale servers status', () => {
  it('answers that the servers are down', async () => {
    await using home = await createHome();
    const { context, out } = createTestContext(home);
    await serversStatus(context);
    expect(out()).toBe('servers are down\n');
  });
});

describe('isRunning', () => {
  it('is false for what has ended', async () => {
    const child = spawn(process.execPath, ['-e', '0'], { stdio: 'ignore' });
    await new Promise((resolve) => child.on('exit', resolve));
    expect(isRunning(child.pid!)).toBe(false);
    expect(isRunning(process.pid)).toBe(true);
    expect(isRunning(1)).toBe(true);
  });
});
