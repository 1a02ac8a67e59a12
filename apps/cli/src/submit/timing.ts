import { formatDuration } from '../duration.js';
import type { CallEndEvent } from './stream-event.js';

/** Where the time of a submit went, ms. Unknown is `null`. */
export interface SubmitTiming {
  /** From the request to the arrival of the task's end. */
  readonly totalMs: number;
  /** In the model: loading, waiting in its server, reading and writing, over all calls for the answer. */
  readonly modelMs: number | null;
  /** Waiting for a free model. */
  readonly queueMs: number | null;
  /** The rest: tale itself. */
  readonly taleMs: number | null;
  /** From the request to the first piece of the answer. */
  readonly firstTokenMs: number | null;
  /** From the start of the command to the request, without the start of the servers. */
  readonly startupMs: number;
  /** Starting servers and fetching models. */
  readonly serversMs: number;
  /** Parts of `modelMs`. */
  readonly model: {
    readonly loadMs: number | null;
    readonly serverWaitMs: number | null;
    readonly prefillMs: number | null;
    readonly decodeMs: number | null;
  };
}

/** What was measured here. */
export interface MeasuredTimes {
  readonly totalMs: number;
  readonly firstTokenMs: number | null;
  readonly startupMs: number;
  readonly serversMs: number;
}

/** Splits the total by what the calls for the answer report. */
export function splitTiming(measured: MeasuredTimes, calls: readonly CallEndEvent[]): SubmitTiming {
  const answers = calls.filter((call) => call.labels.purpose !== 'acknowledge');
  const part = (name: 'loadMs' | 'serverWaitMs' | 'prefillMs' | 'decodeMs') =>
    sumKnown(answers, (call) => call.timing[name]);
  const model = {
    loadMs: part('loadMs'),
    serverWaitMs: part('serverWaitMs'),
    prefillMs: part('prefillMs'),
    decodeMs: part('decodeMs'),
  };
  const modelMs = sumKnown(Object.values(model), (ms) => ms);
  const queueMs = sumKnown(answers, (call) => call.timing.queueMs);
  const taleMs = modelMs === null || queueMs === null ? null : Math.max(0, measured.totalMs - modelMs - queueMs);
  return round({ ...measured, modelMs, queueMs, taleMs, model });
}

/** The split as one line. */
export function describeTiming(timing: SubmitTiming): string {
  const { model } = timing;
  const shown = (ms: number | null) => (ms === null ? '?' : formatDuration(ms));
  const parts = `load ${shown(model.loadMs)}, wait ${shown(model.serverWaitMs)}, read ${shown(model.prefillMs)}, write ${shown(model.decodeMs)}`;
  return (
    `timing  total ${shown(timing.totalMs)} = model ${shown(timing.modelMs)} (${parts})` +
    ` + waiting for it ${shown(timing.queueMs)} + tale ${shown(timing.taleMs)};` +
    ` before: command ${shown(timing.startupMs)}, servers ${shown(timing.serversMs)}`
  );
}

/** Sum of what is known; `null` if nothing is. */
function sumKnown<Entry>(entries: readonly Entry[], read: (entry: Entry) => number | null | undefined): number | null {
  const known = entries.map(read).filter((ms) => typeof ms === 'number');
  return known.length === 0 ? null : known.reduce((sum, ms) => sum + ms, 0);
}

/** Tenths of a ms say enough. */
function round<Value>(value: Value): Value {
  if (typeof value === 'number') return (Math.round(value * 10) / 10) as Value;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, entry]) => [name, round(entry)])) as Value;
}
