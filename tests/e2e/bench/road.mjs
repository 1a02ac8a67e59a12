// The whole road on the built apps, with a fake model that takes no time: what is left is tale.
//   node bench/road.mjs [--json] [--check] [--quick]
// Submits: 50 clients that each open a connection for every submit, as the command does, 4 execution servers. Events: from the instant that
// the event carries, taken before its COMMIT, to its arrival at a client of `/v1/events`. Overhead: `taleMs` of `tale submit --timing`.
import { cpus, loadavg } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { createViteServer } from 'vitest/node';

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    check: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
  },
});
const part = values.quick ? 0.2 : 1;
const submits = 1_000 * part;
const clients = 50;
const paced = 300 * part;
const paceMs = 50;
const overheads = 50 * part;

const vite = await createViteServer({
  root: fileURLToPath(new URL('..', import.meta.url)),
  configFile: false,
  logLevel: 'error',
  appType: 'custom',
  optimizeDeps: { noDiscovery: true },
  server: { middlewareMode: true, hmr: false, ws: false, watch: null },
  ssr: { resolve: { conditions: ['@tale/source'] } },
});
const { startTale } = await vite.ssrLoadModule('/test/harness/tale.ts');
const { default: buildApps } = await vite.ssrLoadModule('/test/harness/build-apps.ts');
const { readEvents } = await vite.ssrLoadModule('@tale/mcp-transport/light');

/** Value below which `share` of the numbers lie. */
function quantile(numbers, share) {
  const sorted = numbers.toSorted((a, b) => a - b);
  return Math.round(sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)] * 10) / 10;
}

const figures = [];
function add(id, what, numbers, share, target = null) {
  const value = quantile(numbers, share);
  const limit = target === null ? {} : { op: '<=', target, holds: value <= target };
  figures.push({ id, what: `${what}, p${share * 100}`, value, unit: 'ms', n: numbers.length, ...limit });
}

/** Records how long the events after `after` are under way until `stop` is called. */
function watchEvents(tale, after) {
  const controller = new AbortController();
  const latencies = [];
  const ended = new Set();
  const watching = (async () => {
    const { url } = tale.server('gateway');
    const { token } = tale.runtime();
    const { signal } = controller;
    for await (const { data } of readEvents({ url, token, path: `/v1/events?after=${after}`, signal })) {
      const event = JSON.parse(data);
      if (typeof event.seq !== 'number') continue; // an event of a call is committed nowhere
      latencies.push(Date.now() - Date.parse(event.at));
      if (event.type === 'task-end') ended.add(event.taskId);
    }
  })().catch((error) => {
    if (!controller.signal.aborted) throw error;
  });
  const stop = () => {
    controller.abort();
    return watching;
  };
  return { latencies, ended, stop };
}

async function until(what, isSo, timeoutMs = 180_000) {
  for (const endMs = performance.now() + timeoutMs; !isSo(); await sleep(20)) {
    if (performance.now() > endMs) throw new Error(`not seen within ${timeoutMs} ms: ${what}`);
  }
}

async function measureQueue() {
  const tale = await startTale({ fake: { timing: { tokens: 8 } } });
  try {
    const { code, stderr } = await tale.run(['servers', 'start', '--execution', '4']);
    if (code !== 0) throw new Error(stderr);
    await tale.submit('warm'); // connections, statements, the model
    await sleep(1_000);

    const lastSeq = () => {
      const database = tale.database();
      const seq = database.prepare('select max(seq) from task_event').pluck().get();
      database.close();
      return seq;
    };
    const steady = watchEvents(tale, lastSeq());
    const ids = new Set();
    for (let task = 0; task < paced; task++) {
      ids.add(await tale.submit(`paced ${task}`));
      await sleep(paceMs);
    }
    await until('the paced tasks', () => [...ids].every((id) => steady.ended.has(id)));
    await steady.stop();
    add('R2.1', `event to stream, one task every ${paceMs} ms, 4 execution servers`, steady.latencies, 0.5);
    add('R2.2', `event to stream, one task every ${paceMs} ms, 4 execution servers`, steady.latencies, 0.99, 250);

    const burst = watchEvents(tale, lastSeq());
    const latencies = [];
    let next = 0;
    const client = async () => {
      while (next < submits) {
        const task = next++;
        const startedMs = performance.now();
        await tale.call('submit_task', { prompt: `burst ${task}` }, `burst ${task}`);
        latencies.push(performance.now() - startedMs);
      }
    };
    await Promise.all(Array.from({ length: clients }, client));
    await until('the burst', () => burst.ended.size >= submits);
    await burst.stop();
    add('R1.1', `submit, ${submits} from ${clients} connections, 4 execution servers`, latencies, 0.5);
    add('R1.2', `submit, ${submits} from ${clients} connections, 4 execution servers`, latencies, 0.99, 2_000);
    add('R2.3', 'event to stream meanwhile', burst.latencies, 0.5);
    add('R2.4', 'event to stream meanwhile', burst.latencies, 0.99);
  } finally {
    await tale[Symbol.asyncDispose]();
  }
}

async function measureOverhead(id, what, options) {
  const tale = await startTale(options);
  try {
    await tale.run(['submit', 'warm'], { timeoutMs: 120_000 });
    const overheadsMs = [];
    for (let task = 0; task < overheads; task++) {
      const { code, stdout, stderr } = await tale.run(['submit', '--json', '--timing', `hello ${task}`]);
      if (code !== 0) throw new Error(stderr);
      const { taleMs } = JSON.parse(stdout).timing;
      if (taleMs !== null) overheadsMs.push(taleMs);
    }
    add(`${id}.1`, `overhead of tale submit beside the model, ${what}`, overheadsMs, 0.5);
    add(`${id}.2`, `overhead of tale submit beside the model, ${what}`, overheadsMs, 0.95, 50);
  } finally {
    await tale[Symbol.asyncDispose]();
  }
}

try {
  await buildApps();
  await measureQueue();
  await measureOverhead('R3', 'fake model', { fake: { timing: { tokens: 8 } } });
  await measureOverhead('R4', 'tiny real model', { models: 'engine', env: { TALE_MODELS_MAX_OUTPUT_TOKENS: '16' } });
} finally {
  await vite.close();
}
figures.sort((a, b) => a.id.localeCompare(b.id));
for (const { id, what, value, unit, target, holds } of figures) {
  const limit = target === undefined ? '' : `<= ${target}  ${holds ? 'ok' : 'OVER'}`;
  console.error(`${id}  ${what.padEnd(72)} ${String(value).padStart(8)} ${unit}  ${limit}`);
}
const load = Math.round(loadavg()[0] * 10) / 10;
const document = {
  format: 'tale-bench/1',
  package: '@tale/tests-e2e',
  node: process.version,
  cpus: cpus().length,
  load,
  figures,
};
if (values.json) console.log(JSON.stringify(document));
if (values.check && figures.some(({ holds }) => holds === false)) process.exitCode = 1;
