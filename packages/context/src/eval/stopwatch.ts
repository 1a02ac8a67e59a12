import { quantile } from './measures.js';
import type { ContextReport } from './report-schema.js';

/** Operations whose time is in the report. */
export type TimedOperation = keyof ContextReport['latency'];

/** Collects times. */
export interface Stopwatch {
  time<Result>(operation: TimedOperation, work: () => Promise<Result>): Promise<Result>;
  report(): ContextReport['latency'];
}

/** A stopwatch on the monotonic clock of the process. */
export function createStopwatch(now: () => number = () => performance.now()): Stopwatch {
  const times: Record<TimedOperation, number[]> = { append: [], recallOwn: [], recallPooled: [], fit: [], delete: [] };
  const figure = (values: readonly number[], share: number) =>
    values.length === 0
      ? { value: null, ci: null, n: 0, unit: 'ms', reason: 'not run' }
      : { value: Math.round(quantile(values, share) * 1_000) / 1_000, ci: null, n: values.length, unit: 'ms' };
  const figures = (values: readonly number[]) => ({
    p50: figure(values, 0.5),
    p95: figure(values, 0.95),
    p99: figure(values, 0.99),
  });
  return {
    async time(operation, work) {
      const started = now();
      const result = await work();
      times[operation].push(now() - started);
      return result;
    },
    report: () => ({
      append: figures(times.append),
      recallOwn: figures(times.recallOwn),
      recallPooled: figures(times.recallPooled),
      fit: figures(times.fit),
      delete: figures(times.delete),
    }),
  };
}
