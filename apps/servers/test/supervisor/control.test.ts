import { getJson } from '@tale/mcp-transport/light';
import { createSupervisor, type ServerSpec } from '@tale/supervisor';
import { memoryLock } from '@tale/supervisor/testing';
import { temporaryFolder, until } from '@tale/test-kit';
import { expect, it } from 'vitest';
import { startControl } from '../../src/supervisor/control.js';

const token = 'a'.repeat(64);

const foreign: ServerSpec = {
  name: 'gateway',
  file: null,
  command: [
    process.execPath,
    '-e',
    "require('node:http').createServer((q, a) => a.end()).listen(process.env.TALE_PORT, '127.0.0.1')",
  ],
  instances: 1,
  order: 1,
  env: {},
  port: { wanted: 0, fallback: true },
  ready: { by: 'http', timeoutMs: 10_000 },
  drainMs: 0,
  stopMs: 1_000,
  memoryLimitBytes: null,
};

it('shows, restarts and stops what runs', async () => {
  await using folder = await temporaryFolder();
  await using supervisor = createSupervisor({
    servers: [foreign],
    folder: folder.path,
    logFolder: `${folder.path}/logs`,
    lock: memoryLock(),
    daemonId: 'D',
    token,
  });
  await supervisor.start();
  let stopped = false;
  const control = await startControl({
    supervisor: () => supervisor,
    token,
    daemonId: 'D',
    stop: () => (stopped = true),
  });
  const post = (path: string, body: unknown) =>
    fetch(control.entry.url + path, {
      method: 'POST',
      body: JSON.stringify(body),
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    });

  const shown = await getJson<{ servers: { name: string; pid: number }[] }>({
    url: control.entry.url,
    token,
    path: '/v1/servers',
  });
  expect(shown).toMatchObject({ daemonId: 'D', servers: [{ name: 'gateway', state: 'ready' }] });
  expect(await (await post('/v1/servers/restart', { name: 'gateway' })).json()).toMatchObject({
    restarted: [{ name: 'gateway' }],
  });
  expect(supervisor.status()[0]?.pid).not.toBe(shown.servers[0]?.pid);
  const unknown = await post('/v1/servers/restart', { name: 'gatway' });
  expect(unknown.status).toBe(404);
  expect(await unknown.json()).toMatchObject({ error: { code: 'not-found', hint: 'One of: gateway' } });
  expect((await post('/v1/servers/restart', { name: 7 })).status).toBe(400);
  expect(await (await post('/v1/servers/stop', {})).json()).toEqual({ stopping: true });
  await until('the stop is asked for', () => stopped);
  await control.close();
});
