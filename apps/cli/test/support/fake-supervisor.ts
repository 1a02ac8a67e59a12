// A stand-in for the servers' supervisor: one per data folder, with a runtime file, the messages of a start and a stop.
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { failure, startFakeTale } from './fake-tale.js';

const home = process.env.TALE_HOME ?? '';
const data = join(home, 'data');
const mode = process.env.FAKE_SUPERVISOR ?? 'ready';
const say = (message: object) => new Promise<void>((resolve) => process.send?.(message, () => resolve()) ?? resolve());

async function fail(error: object, exitCode: number): Promise<never> {
  await say({ type: 'failed', error, exitCode });
  process.exit(exitCode);
}

process.on('disconnect', () => {});
if (mode === 'crash') process.exit(70);
if (mode === 'locked') await fail(failure('locked', 'held'), 3);
if (mode === 'port-taken')
  await fail(failure('port-taken', 'Port 8080 is taken.', { hint: 'tale servers start --port 8090' }), 4);
if (mode === 'bad-config') await fail(failure('internal', 'unknown key', { details: { code: 'unknown-key' } }), 2);
if (mode === 'hang') {
  await sleep(3_000);
  process.exit(0);
}
try {
  writeFileSync(join(data, 'fake.lock'), String(process.pid), { flag: 'wx' });
} catch {
  await fail(failure('locked', 'held'), 3);
}
await sleep(Number(process.env.FAKE_START_MS ?? 100));
const tale = await startFakeTale();
const server = (name: string) => ({
  name,
  instance: 1,
  state: 'ready',
  reason: null,
  pid: process.pid,
  url: tale.url,
  nonce: tale.nonce,
  sinceMs: Date.now(),
  restarts: 0,
  lastExit: null,
  usage: null,
  beat: null,
});
const stop = () => {
  rmSync(join(data, 'runtime.json'), { force: true });
  rmSync(join(data, 'fake.lock'), { force: true });
  process.exit(0);
};
process.on('SIGTERM', stop).on('SIGINT', stop);
const env = { port: process.env.TALE_GATEWAY_PORT ?? null, execution: process.env.TALE_EXECUTION_INSTANCES ?? null };
tale.answers['GET /v1/servers'] = () => ({
  daemonId: `daemon-${process.pid}`,
  servers: ['gateway', 'models', 'execution'].map(server),
  env,
});
tale.answers['POST /v1/servers/stop'] = () => {
  setTimeout(stop, 100);
  return { stopping: true };
};
tale.answers['POST /v1/servers/restart'] = (_url, body) => ({ restarted: [body] });
writeFileSync(join(data, 'runtime.json'), JSON.stringify(tale.runtime()), { mode: 0o600 });
for (const name of ['gateway', 'models', 'execution'])
  await say({ type: 'server-state', name, instance: 1, state: 'ready', reason: null });
await say({ type: 'ready' });
// A test that dies must not leave it behind.
setTimeout(stop, 60_000);
