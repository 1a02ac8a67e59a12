#!/usr/bin/env node
// Everything that must hold before a change lands, cheapest first. `--only NAME[,NAME]` runs single steps.
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { pnpmHome, run, say } from './bootstrap/process.mjs';
import { failures } from './check/failures.mjs';

const pnpm = join(pnpmHome, 'node_modules/pnpm/bin/pnpm.cjs');
const tool = (...args) => [pnpm, ['exec', ...args]];
const vitest = (folder) => [pnpm, ['--dir', folder, 'exec', 'vitest', 'run']];
const script = (name, ...args) => [join(import.meta.dirname, 'check', name), args];
const turbo = (...args) =>
  tool('turbo', 'run', ...args, '--concurrency=2', '--output-logs=new-only', '--log-order=grouped');

/** Name, what it proves, command. */
const steps = [
  ['format', 'format, imports, cycles, names', tool('biome', 'ci', '--colors=off', '.')],
  ['lint', 'no lost promise, no missing case', tool('oxlint', '--type-aware', '--deny-warnings')],
  ['boundaries', 'direction of imports', tool('turbo', 'boundaries')],
  ['typecheck', 'types and type tests, from source', turbo('typecheck')],
  ['test', 'behaviour, from source; skeleton and contracts', turbo('test')],
  ['build', 'dist of every package and app', turbo('build')],
  ['pack', 'what is published: publint, attw, size', script('pack.mjs')],
  ['consumer', 'the packed tarballs work in an empty folder', vitest('tests/consumer')],
  ['e2e', 'the promises hold on the built apps', vitest('tests/e2e')],
  ['docs', 'every export documented, links resolve', tool('typedoc')],
  ['unused', 'nothing unused', tool('knip')],
  ['undeclared', 'nothing undeclared', tool('knip', '--production', '--strict', '--workspace', './packages/*')],
];

const { values } = parseArgs({ options: { only: { type: 'string' } } });
const only = values.only?.split(',');
const unknown = only?.filter((name) => !steps.some(([step]) => step === name)) ?? [];
if (unknown.length > 0) {
  say(`check: unknown step ${unknown.join(', ')}; they are ${steps.map(([name]) => name).join(', ')}.`);
  process.exit(2);
}

const chosen = steps.filter(([name]) => !only || only.includes(name));
const results = [];
const startedAtMs = Date.now();
for (const [name, proves, [file, args]] of chosen) {
  say(`check ${results.length + 1}/${chosen.length} ${name}: ${proves}`);
  const startMs = performance.now();
  const code = await run(file, args);
  results.push({ name, code, seconds: (performance.now() - startMs) / 1000 });
  if (code !== 0) break;
}

process.stdout.write('\n');
for (const { name, code, seconds } of results) {
  process.stdout.write(`${code === 0 ? 'ok  ' : 'FAIL'}  ${name.padEnd(12)} ${seconds.toFixed(1).padStart(6)} s\n`);
}
const failed = results.filter(({ code }) => code !== 0);
const skipped = chosen.length - results.length;
process.stdout.write(
  `check: ${results.length - failed.length} passed, ${failed.length} failed${skipped > 0 ? `, ${skipped} skipped` : ''}\n`,
);
if (failed.length > 0) process.stdout.write(failures(startedAtMs).join(''));
process.exitCode = failed[0]?.code ?? 0;
