import { poolError } from '../calls/call-error.js';
import type { ModelPoolOptions } from '../options.js';

/** The longest time that a timer of Node takes, ms; what is longer fires at once. */
const longestMs = 2 ** 31 - 1;

interface Range {
  readonly least: number;
  readonly most: number;
  readonly isWhole: boolean;
}

const time: Range = { least: 1, most: longestMs, isWhole: false };
const rest: Range = { least: 0, most: longestMs, isWhole: false };
const count = (least: number, most: number): Range => ({ least, most, isWhole: true });

type Entry = readonly [place: string, value: number | null | undefined, range: Range];

const timesOf = (place: string, times: object | undefined, range: Range): Entry[] =>
  Object.entries(times ?? {}).map(([name, value]) => [`${place}.${name}`, value as number | undefined, range]);

/** The numbers of the options that are no tokens of a model, with what they may be. */
function entriesOf({ models, roles, memory, residency, health, timers }: ModelPoolOptions): Entry[] {
  const { busyMs, idleMs, restoreAfterMs } = residency ?? {};
  return [
    // A server may take a number of another kind for a very large one.
    ...Object.entries(models).flatMap(([name, { runner }]): Entry[] => [
      [`models.${name}.runner.batchTokens`, runner?.batchTokens, count(1, 2 ** 20)],
      [`models.${name}.runner.gpuLayers`, runner?.gpuLayers, count(-1, 10_000)],
      [`models.${name}.runner.threads`, runner?.threads, count(0, 4_096)],
    ]),
    ...Object.entries(roles).map(([name, role]): Entry => [`roles.${name}.lingerMs`, role?.lingerMs, rest]),
    ['memory.budget', memory?.budget === 'auto' ? null : memory?.budget, { least: 0, most: 2 ** 53, isWhole: false }],
    ...timesOf('residency', { busyMs, idleMs }, time),
    ['residency.restoreAfterMs', restoreAfterMs, rest],
    ['health.canaryMs', health?.canaryMs, time],
    ...timesOf('timers', timers, time),
  ];
}

/** Refuses numbers that cannot be meant. @throws ModelPoolError `configuration` with the place and the range */
export function checkRanges(options: ModelPoolOptions): void {
  for (const [place, value, { least, most, isWhole }] of entriesOf(options)) {
    if (value === undefined || value === null) continue;
    const isRight = typeof value === 'number' && value >= least && value <= most;
    if (isRight && (!isWhole || Number.isInteger(value))) continue;
    const kind = isWhole ? 'a whole number' : 'a number';
    throw poolError('configuration', `${place} must be ${kind} from ${least} to ${most}`, { details: { place } });
  }
  const { loadMinMs = 0, loadMaxMs = longestMs } = options.timers ?? {};
  if (loadMinMs > loadMaxMs)
    throw poolError('configuration', 'timers.loadMinMs must not be more than timers.loadMaxMs', {
      details: { place: 'timers.loadMinMs' },
    });
}
