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

const only = flags.only?.split(',');
const load = () => Number(loadavg()[0].toFixed(1));
const loadBefore = load();

/** Whether a goal, or one of its figures, is asked for. */
export function isWanted(goal) {
  return !only || only.some((id) => id === goal || id.startsWith(`${goal}.`));
}

/** Shows the figures that are asked for. `load` is that of the machine before anything was measured. */
export function report(name, all) {
  const figures = all.filter(({ id }) => !only || only.some((goal) => id === goal || id.startsWith(`${goal}.`)));
  const system = { node: process.version, cpus: availableParallelism(), load: loadBefore, loadAfter: load() };
  if (flags.json) console.log(JSON.stringify({ format: 'tale-bench/1', package: name, ...system, figures }));
  else console.table(figures.map(({ peer, ...figure }) => ({ ...figure, peer: peer?.value })));
  for (const { id, reason } of figures.filter(({ value }) => value === null))
    console.error(`${id} not taken: ${reason}`);
  const missed = figures.filter(({ holds }) => holds === false);
  if (missed.length > 0) console.error(`missed: ${missed.map(({ id }) => id).join(', ')}`);
  if (flags.check && missed.length > 0) process.exitCode = 1;
}

const comparisons = {
  '<=': (value, target) => value <= target,
  '>=': (value, target) => value >= target,
  '==': (value, target) => value === target,
};

/** Three digits, for people. */
export const rounded = (value) => Number(value.toPrecision(3));

/**
 * A figure of the format; `null` = it could not be taken: `facts` has the `reason`, and nobody knows whether it holds.
 * `facts.op` is `<=` where it is not said.
 */
export function figure(id, what, target, value, unit, facts = {}) {
  const { op = '<=' } = facts;
  const holds = value === null ? null : comparisons[op](value, target);
  return { id, what, value: value === null ? null : rounded(value), unit, op, target, ...facts, holds };
}
