// CPU time (user + system) of commands as a ratio to `node -e 0`, interleaved, median of N rounds. CPU and not wall time: a busy
// machine changes the latter by a factor of four.
//   node bench/startup.mjs [--rounds 20] [--json] [--check]
import { fork, spawnSync } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { app } from '@tale/presets/tsup';
import { build } from 'tsup';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '20' },
    json: { type: 'boolean', default: false },
    check: { type: 'boolean', default: false },
  },
});
const folder = fileURLToPath(new URL('..', import.meta.url));
const main = `${folder}dist/main.js`;
if (!existsSync(main)) throw new Error(`${main} is missing: build first`);

const built = `${folder}node_modules/.bench`;
await build({ ...app({ fixture: `${folder}bench/fixture.ts` }), config: false, outDir: built, silent: true });
const fixture = fork(`${built}/fixture.js`, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
const homes = await new Promise((resolve, reject) => {
  fixture.once('message', resolve);
  fixture.once('exit', (code) => reject(new Error(`the fixture ended with exit code ${code}`)));
});

const cases = [
  { id: 'base', what: 'node -e 0', args: ['-e', '0'] },
  { id: 'G1.1', what: '--version', args: [main, '--version'], target: 1.25 },
  { id: 'G1.2', what: '--help', args: [main, '--help'], target: 1.35 },
  { id: 'G1.3', what: 'status, servers up', args: [main, 'status'], home: homes.up, target: 1.6 },
  { id: 'G1.4', what: 'status, servers down', args: [main, 'status'], home: homes.down, target: 1.6 },
  { id: 'G1.5', what: 'submit', args: [main, 'submit', 'hello'], home: homes.up, target: 1.7 },
  { id: 'G1.6', what: 'list, servers up', args: [main, 'list'], home: homes.up, target: 2.1 },
  { id: 'G1.7', what: 'list, servers down', args: [main, 'list'], home: homes.down, target: 2.1 },
  { id: 'G1.8', what: 'tokens, servers down', args: [main, 'tokens'], home: homes.down, target: 2.1 },
  { id: 'G1.9', what: 'logs', args: [main, 'logs'], home: homes.down, target: 2.1 },
];

/** CPU time of one run, ms; bash reads it of the child, which Node cannot. */
function measure({ args, home }) {
  const env = { ...process.env, ...(home ? { TALE_HOME: home } : {}) };
  const timed = 'TIMEFORMAT="%3U %3S"; time "$@" >/dev/null 2>&1';
  const { status, stderr } = spawnSync('bash', ['-c', timed, 'bash', process.execPath, ...args], {
    env,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`${args.join(' ')} ended with exit code ${status}`);
  const [user, system] = stderr.trim().split(' ').map(Number);
  return (user + system) * 1_000;
}

const median = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];

try {
  const rounds = Number(values.rounds);
  const seen = new Map(cases.map((each) => [each.id, []]));
  for (const each of cases) measure(each);
  for (let round = 0; round < rounds; round++) {
    for (const each of cases.toSorted(() => Math.random() - 0.5)) seen.get(each.id).push(measure(each));
  }
  const baseMs = median(seen.get('base'));
  const figures = cases.slice(1).map(({ id, what, target }) => {
    const value = Number((median(seen.get(id)) / baseMs).toFixed(2));
    return {
      id,
      what: `CPU of ${what} ÷ node -e 0`,
      value,
      unit: 'ratio',
      op: '<=',
      target,
      n: rounds,
      holds: value <= target,
    };
  });
  for (const { id, what, value, target, holds } of figures) {
    console.error(`${id.padEnd(5)} ${what.padEnd(44)} ${value.toFixed(2)}  <= ${target}  ${holds ? 'ok' : 'OVER'}`);
  }
  console.error(`base ${baseMs.toFixed(0)} ms, ${rounds} rounds, load ${loadavg()[0].toFixed(1)}`);
  const document = {
    format: 'tale-bench/1',
    package: '@tale/cli',
    node: process.version,
    cpus: cpus().length,
    load: loadavg()[0],
    figures,
  };
  if (values.json) console.log(JSON.stringify(document));
  if (values.check && figures.some(({ holds }) => !holds)) process.exitCode = 1;
} finally {
  fixture.disconnect();
  rmSync(built, { recursive: true, force: true });
}
