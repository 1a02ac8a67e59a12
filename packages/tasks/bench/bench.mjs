// node bench/bench.mjs [--json] [--only ID,…] [--quick] [--check]: the figures of the README, in the format tale-bench/1.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, open as openFile, rm } from 'node:fs/promises';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import Database from 'better-sqlite3';
import { build } from 'tsup';

const { values: flags } = parseArgs({
  args: process.argv.slice(2).filter((argument) => argument !== '--'), // pnpm hands its own separator on
  options: {
    json: { type: 'boolean', default: false },
    only: { type: 'string' },
    quick: { type: 'boolean', default: false },
    check: { type: 'boolean', default: false },
  },
});
const goals = [
  {
    id: 'G12.3',
    what: 'cancel to the signal in another process, p95',
    unit: 'ms',
    op: '<=',
    target: 250,
    of: 'acrossProcesses',
    part: 'cancel',
  },
  {
    id: 'G13.1',
    what: 'submits through a group-committing writer, 50 callers',
    unit: '1/s',
    op: '>=',
    target: null,
    of: 'submits',
    part: 'rate',
  },
  {
    id: 'G13.4',
    what: 'submit to handler in one process, p95',
    unit: 'ms',
    op: '<=',
    target: 2,
    of: 'pickUp',
    part: 'p95',
  },
  {
    id: 'G13.5',
    what: 'submit to handler in another process without nudges, p95',
    unit: 'ms',
    op: '<=',
    target: 15,
    of: 'acrossProcesses',
    part: 'pickUp',
  },
  {
    id: 'G13.6',
    what: 'claim among 100,000 ready tasks, p99',
    unit: 'ms',
    op: '<=',
    target: 5,
    of: 'claims',
    part: 'p99',
  },
  { id: 'G13.7', what: 'submit of G13.1, p99', unit: 'ms', op: '<=', target: 2_000, of: 'submits', part: 'p99' },
];
const only = flags.only?.split(',');
const wanted = goals.filter(({ id }) => !only || only.some((name) => id === name || id.startsWith(`${name}.`)));

const folder = await mkdtemp(join(tmpdir(), 'tale-tasks-bench-'));
try {
  const entry = { bundle: fileURLToPath(new URL('bundle-entry.ts', import.meta.url)) };
  const outExtension = () => ({ js: '.mjs' });
  await build({
    config: false,
    entry,
    outDir: folder,
    format: 'esm',
    target: 'node20',
    noExternal: [/.*/],
    outExtension,
    silent: true,
  });
  const bundle = join(folder, 'bundle.mjs');
  const library = await import(pathToFileURL(bundle).href);
  const taken = new Map();
  for (const measure of new Set(wanted.map((goal) => goal.of))) {
    console.error(`${measure} …`);
    const store = { open: (options) => open(library, options), child: (file) => child(bundle, file) };
    taken.set(measure, await library[measure]({ quick: flags.quick, ...store }));
  }
  const figures = wanted.map(({ of, part, ...goal }) => {
    const { value, n } = taken.get(of)[part];
    const holds = goal.target === null || (goal.op === '<=' ? value <= goal.target : value >= goal.target);
    return { ...goal, value: Number(value.toPrecision(3)), n, holds };
  });
  const conditions = { fsyncMs: await fsyncs(join(folder, 'fsync')) };
  const system = { node: process.version, cpus: availableParallelism(), load: Number(loadavg()[0].toFixed(1)) };
  if (flags.json)
    console.log(JSON.stringify({ format: 'tale-bench/1', package: '@tale/tasks', ...system, conditions, figures }));
  else console.log(system, conditions);
  if (!flags.json)
    console.table(
      figures.map(({ id, what, value, unit, target, n, holds }) => ({ id, what, value, unit, target, n, holds })),
    );
  if (flags.check && figures.some(({ holds }) => !holds)) process.exitCode = 1;
} finally {
  await rm(folder, { recursive: true, force: true });
}

/** Tasks on a new file, opened as tale's servers open it. */
async function open(
  { Kysely, SqliteDialect, createTasks, migrateTasks, sqliteBackend, groupWriter },
  { grouped = false },
) {
  const place = await mkdtemp(join(tmpdir(), 'tale-tasks-bench-'));
  const path = join(place, 'bench.db');
  const sqlite = new Database(path, { timeout: 1_000 });
  sqlite.pragma('journal_mode = WAL');
  sqlite.pragma('synchronous = FULL');
  sqlite.pragma('foreign_keys = ON');
  const kysely = new Kysely({ dialect: new SqliteDialect({ database: sqlite }) });
  await migrateTasks(kysely);
  const writer = grouped ? groupWriter(kysely) : undefined;
  const backend = sqliteBackend({ kysely, writer });
  const tasks = createTasks({ kysely, backend });
  return {
    ...{ path, sqlite, backend, tasks },
    async [Symbol.asyncDispose]() {
      await tasks.close();
      await kysely.destroy();
      await rm(place, { recursive: true, force: true });
    },
  };
}

/** How long this disk takes to make 4 KB durable: durable figures are multiples of it. */
async function fsyncs(path) {
  const file = await openFile(path, 'w');
  const times = [];
  for (let index = 0; index < 200; index++) {
    await file.write(Buffer.alloc(4_096));
    const started = performance.now();
    await file.datasync();
    times.push(performance.now() - started);
  }
  await file.close();
  times.sort((a, b) => a - b);
  return { p50: Number(times[100].toFixed(2)), p99: Number(times[197].toFixed(2)) };
}

/** A worker in a process of its own. */
async function child(bundle, file) {
  const worker = fork(fileURLToPath(new URL('holder.mjs', import.meta.url)), [bundle, file]);
  const messages = [];
  worker.on('message', (message) => messages.push(message));
  const find = (type, taskId) => messages.find((message) => message.type === type && message.taskId === taskId);
  async function message(type, taskId) {
    while (!find(type, taskId)) await once(worker, 'message');
    return find(type, taskId);
  }
  await message('open', '');
  return {
    message,
    async [Symbol.asyncDispose]() {
      worker.kill('SIGKILL');
      await once(worker, 'exit');
    },
  };
}
