import { availableParallelism, loadavg } from 'node:os';
import { parseArgs } from 'node:util';

/** --json (one document on the last line of stdout) --only ID,… --quick --check (exit 1 if a figure does not hold). */
export const { values: flags } = parseArgs({
  args: process.argv.slice(2).filter((argument) => argument !== '--'), // pnpm hands its own separator on
  options: {
    json: { type: 'boolean', default: false },
    only: { type: 'string' },
    quick: { type: 'boolean', default: false },
    check: { type: 'boolean', default: false },
  },
});

/** Shows the figures that are asked for. */
export function report(name, all) {
  const only = flags.only?.split(',');
  const figures = all.filter(({ id }) => !only || only.some((goal) => id === goal || id.startsWith(`${goal}.`)));
  const system = { node: process.version, cpus: availableParallelism(), load: Number(loadavg()[0].toFixed(1)) };
  if (flags.json) console.log(JSON.stringify({ format: 'tale-bench/1', package: name, ...system, figures }));
  else console.table(figures.map(({ peer, ...figure }) => ({ ...figure, peer: peer?.value })));
  if (flags.check && figures.some(({ holds }) => !holds)) process.exitCode = 1;
}

/** A figure of the format; `null` = it could not be taken, and `facts` has the reason. `facts.op` is `<=` where it is not said. */
export function figure(id, what, target, value, unit, facts) {
  const rounded = value === null ? null : Number(value.toPrecision(3));
  const { op = '<=' } = facts;
  const holds = value === null || (op === '<=' ? value <= target : value >= target);
  return { id, what, value: rounded, unit, op, target, ...facts, holds };
}

/** The value that `share` of the values do not exceed. */
export function at(values, share) {
  return values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))];
}
