import { TokenTrackerError } from '../errors.js';
import type { Period } from './time-zone.js';
import type { ReportDimension, ReportOptions } from './types.js';

/** Column of each breakdown that is no period. */
export const dimensionColumns = { model: 'model', role: 'role', task: 'task_id', project: 'project' } as const;
const periods: readonly string[] = ['hour', 'day', 'week', 'month'] satisfies Period[];

/** A report that has been checked. */
export interface ReportPlan {
  readonly period: Period | null;
  readonly dimensions: readonly (keyof typeof dimensionColumns)[];
  readonly sinceMs: number;
  readonly untilMs: number;
  /** Conditions on calls that the rollup cannot answer, column to value. */
  readonly filters: readonly (readonly [column: string, value: string])[];
  /** Whether the rows of calls must be read instead of the rollup. */
  readonly fromCalls: boolean;
  readonly timeZone: string;
}

/** Checks what is asked for. Throws {@link TokenTrackerError} `invalid-argument`. */
export function planReport(options: ReportOptions): ReportPlan {
  const by: readonly ReportDimension[] = typeof options.by === 'string' ? [options.by] : options.by;
  if (!Array.isArray(by) || by.length === 0) throw refusal('a report needs at least one breakdown in "by"');
  const isColumn = (name: ReportDimension): name is keyof typeof dimensionColumns => name in dimensionColumns;
  const dimensions = by.filter(isColumn);
  const named = by.filter((name): name is Period => periods.includes(name));
  for (const name of by) {
    if (!isColumn(name) && !periods.includes(name)) throw refusal(`a report cannot be broken down by ${name}`);
  }
  if (named.length > 1) throw refusal(`a report has one period at a time, not ${named.join(' and ')}`);
  if (new Set(by).size < by.length) throw refusal(`"by" names a breakdown twice: ${by.join(', ')}`);

  const { sinceMs = 0, untilMs = Number.MAX_SAFE_INTEGER, taskId, conversationId } = options;
  if (!Number.isFinite(sinceMs) || !Number.isFinite(untilMs) || sinceMs > untilMs) {
    throw refusal(`a report needs sinceMs before untilMs, both epoch ms, not ${sinceMs} and ${untilMs}`);
  }
  const filters: [string, string][] = [];
  if (taskId !== undefined) filters.push(['task_id', taskId]);
  if (conversationId !== undefined) filters.push(['session_id', conversationId]);
  return {
    period: named[0] ?? null,
    dimensions,
    sinceMs: Math.ceil(sinceMs),
    untilMs: Math.ceil(untilMs),
    filters,
    fromCalls: filters.length > 0 || dimensions.includes('task'),
    timeZone: options.timeZone ?? new Intl.DateTimeFormat().resolvedOptions().timeZone,
  };
}

function refusal(message: string): TokenTrackerError {
  return new TokenTrackerError('invalid-argument', message);
}
