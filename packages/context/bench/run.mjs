// node bench/run.mjs [--json] [--only ID,…] [--quick] [--check] [--data <folder>]: the figures of the README, in the format tale-bench/1.
import { mkdtemp, open as openFile, rm } from 'node:fs/promises';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { build } from 'tsup';
import { goals } from './goals.mjs';

const { values: flags } = parseArgs({
  args: process.argv.slice(2).filter((argument) => argument !== '--'), // pnpm hands its own separator on
  options: {
    json: { type: 'boolean', default: false },
    only: { type: 'string' },
    quick: { type: 'boolean', default: false },
    check: { type: 'boolean', default: false },
    data: { type: 'string' },
  },
});
const only = flags.only?.split(',');
const wanted = goals.filter(({ id }) => !only || only.some((name) => id === name || id.startsWith(`${name}.`)));
const data = flags.data === undefined ? null : resolve(process.env.INIT_CWD ?? '.', flags.data);

const packageFolder = fileURLToPath(new URL('..', import.meta.url));
const folder = await mkdtemp(join(packageFolder, 'node_modules/.bench-')); // there the bundle finds its dependencies
try {
  await build({
    config: false,
    entry: { bundle: fileURLToPath(new URL('bundle-entry.ts', import.meta.url)) },
    outDir: folder,
    format: 'esm',
    target: 'node20',
    skipNodeModulesBundle: true,
    outExtension: () => ({ js: '.mjs' }),
    silent: true,
  });
  const bundle = join(folder, 'bundle.mjs');
  const library = await import(pathToFileURL(bundle).href);
  const taken = new Map();
  for (const name of new Set(wanted.map(({ of }) => of))) {
    console.error(`${name} …`);
    const { measure } = await import(`./measure-${name}.mjs`);
    const place = await mkdtemp(join(tmpdir(), 'tale-context-bench-'));
    try {
      taken.set(name, await measure({ library, bundle, folder: place, quick: flags.quick, data, log: console.error }));
    } finally {
      await rm(place, { recursive: true, force: true });
    }
  }
  const figures = wanted.map(({ of, part, ...goal }) => {
    const { value, n, peers } = taken.get(of)[part];
    const holds = goal.target === null || (goal.op === '<=' ? value <= goal.target : value >= goal.target);
    const beside = peers && { peers: peers.map((peer) => ({ ...peer, value: peer.value && rounded(peer.value) })) };
    return { ...goal, value: rounded(value), n, ...beside, holds };
  });
  const conditions = { fsyncMs: await fsyncs(join(folder, 'fsync')), quick: flags.quick };
  const system = { node: process.version, cpus: availableParallelism(), load: Number(loadavg()[0].toFixed(1)) };
  if (flags.json) {
    console.log(JSON.stringify({ format: 'tale-bench/1', package: '@tale/context', ...system, conditions, figures }));
  } else {
    console.log(system, conditions);
    console.table(
      figures.map(({ op: _op, peers, ...figure }) => ({
        ...figure,
        peers: peers?.map(({ name, value, reason }) => `${name} ${value ?? reason}`).join(', '),
      })),
    );
  }
  if (flags.check && figures.some(({ holds }) => !holds)) process.exitCode = 1;
} finally {
  await rm(folder, { recursive: true, force: true });
}

function rounded(value) {
  return Number(value.toPrecision(3));
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
