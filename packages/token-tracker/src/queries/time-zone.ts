import { TokenTrackerError } from '../errors.js';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

/** Part of a span of time in which the zone's clocks do not change. */
export interface Stretch {
  readonly fromMs: number;
  readonly untilMs: number;
  /** Local time minus UTC. */
  readonly offsetMs: number;
}

/** Periods with a local start. */
export type Period = 'hour' | 'day' | 'week' | 'month';

/** Returns local time minus UTC of a zone at an instant, ms. */
export function zoneOffset(timeZone: string): (atMs: number) => number {
  let format: Intl.DateTimeFormat;
  try {
    format = new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset' });
  } catch (error) {
    throw new TokenTrackerError('invalid-argument', `no time zone is named ${timeZone}`, { cause: error });
  }
  return (atMs) => {
    const name = format.formatToParts(atMs).find((part) => part.type === 'timeZoneName')?.value ?? '';
    const [, sign, hours, minutes] = /GMT([+-])(\d\d):(\d\d)/.exec(name) ?? [];
    return sign ? (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000 : 0;
  };
}

/** Cuts a span of time where the zone's clocks change. Changes less than a week apart would be missed; no zone has them. */
export function stretchesOf(fromMs: number, untilMs: number, offsetAt: (atMs: number) => number): Stretch[] {
  const stretches: Stretch[] = [];
  let startMs = fromMs;
  let offsetMs = offsetAt(fromMs);
  for (let knownMs = fromMs; knownMs < untilMs - 1; ) {
    const probeMs = Math.min(knownMs + 7 * dayMs, untilMs - 1);
    if (offsetAt(probeMs) !== offsetMs) {
      const changeMs = firstChange(knownMs, probeMs, offsetAt);
      stretches.push({ fromMs: startMs, untilMs: changeMs, offsetMs });
      startMs = changeMs;
      offsetMs = offsetAt(changeMs);
    }
    knownMs = probeMs;
  }
  stretches.push({ fromMs: startMs, untilMs, offsetMs });
  return stretches;
}

function firstChange(beforeMs: number, afterMs: number, offsetAt: (atMs: number) => number): number {
  const offsetMs = offsetAt(beforeMs);
  let low = beforeMs;
  let high = afterMs;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (offsetAt(middle) === offsetMs) low = middle;
    else high = middle;
  }
  return high;
}

/** Length of the units that SQL counts for a period: weeks and months are put together from days. */
export function unitMs(period: Period): number {
  return period === 'hour' ? hourMs : dayMs;
}

/** Name of the period that holds a unit, counted from the local epoch. */
export function periodName(period: Period, unit: number, offsetMs: number): string {
  const localMs = unit * unitMs(period);
  const date = (ms: number) => new Date(ms).toISOString().slice(0, 10);
  if (period === 'day') return date(localMs);
  if (period === 'month') return date(localMs).slice(0, 7);
  // 1970-01-01 was a Thursday, three days after a Monday.
  if (period === 'week') return date((unit - ((unit + 3) % 7)) * dayMs);
  const minutes = Math.abs(offsetMs) / 60_000;
  const two = (value: number) => String(value).padStart(2, '0');
  const zone = `${offsetMs < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
  return `${new Date(localMs).toISOString().slice(0, 16)}${zone}`;
}
