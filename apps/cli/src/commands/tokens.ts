import type { ReportDimension, ReportRow } from '@tale/token-tracker/queries';
import { CommandError } from '../command-error.js';
import type { CommandContext } from '../context.js';
import { withSource } from '../gateway/open-source.js';
import { resolveTask, shortId } from '../ids.js';
import { readChoices, readInstant } from '../options.js';
import { renderTable } from '../render/table.js';

/** Options of `tale tokens` as commander gives them. */
export interface TokensOptions {
  readonly by?: string;
  readonly since?: string;
  readonly until?: string;
  readonly task?: string;
}

const dimensions = [
  'hour',
  'day',
  'week',
  'month',
  'model',
  'role',
  'task',
  'project',
] as const satisfies readonly ReportDimension[];
const periods: Readonly<Record<string, ReportDimension>> = {
  hourly: 'hour',
  daily: 'day',
  weekly: 'week',
  monthly: 'month',
  tasks: 'task',
};

/** `tale tokens`: sums of the token tracker, from the servers or from the data folder. */
export async function tokens(
  context: CommandContext,
  period: string | undefined,
  options: TokensOptions,
): Promise<void> {
  const { printer } = context;
  const nowMs = context.now();
  const by = readBreakdown(period, options.by);
  const sinceMs = readInstant('--since', options.since, nowMs);
  const untilMs = readInstant('--until', options.until, nowMs);
  await withSource(context, async (source) => {
    const taskId = options.task === undefined ? null : (await resolveTask(context, source, options.task)).taskId;
    const report = await source.tokens({ by, sinceMs, untilMs, taskId });
    if (printer.settings.json) {
      const span = { since: toIso(sinceMs), until: toIso(untilMs) };
      return printer.document({ schema: 'tale.tokens/1', by, ...span, taskId, ...report });
    }
    if (report.rows.length === 0) return printer.note('no calls');
    const head = [
      ...by.map((name) => ({ title: name.toUpperCase() })),
      ...['CALLS', 'ERRORS', 'IN', 'OUT', 'TOTAL'].map((title) => ({ title, align: 'right' as const })),
    ];
    const rows = report.rows.map((row) => [...by.map((name) => groupName(name, row)), ...sums(row)]);
    const totals = ['total', ...by.slice(1).map(() => ''), ...sums(report.totals)];
    for (const line of renderTable(head, [...rows, totals], Number.POSITIVE_INFINITY)) printer.line(line);
    if (report.totals.source !== 'reported')
      printer.note('~ = some of it is counted or estimated here, not reported by the model');
    if (report.droppedRecords) printer.note(`${report.droppedRecords} calls could not be stored and are missing`);
  });
}

/** What to break down by: a word for a period, `--by`, or both. */
function readBreakdown(period: string | undefined, by: string | undefined): ReportDimension[] {
  const named = readChoices('--by', by, dimensions);
  if (period === undefined) return named.length > 0 ? [...new Set(named)] : ['day', 'model'];
  const first = periods[period];
  if (first === undefined) {
    throw new CommandError('usage', `There is no period ${JSON.stringify(period)}.`, {
      hint: `one of ${Object.keys(periods).join(', ')}`,
    });
  }
  return [...new Set([first, ...(named.length > 0 ? named : (['model'] as const))])];
}

function groupName(name: ReportDimension, row: ReportRow): string {
  const value = row.group[name] ?? null;
  if (value === null) return '–';
  return name === 'task' ? shortId(value) : value;
}

function sums(counts: Pick<ReportRow, 'calls' | 'errors' | 'inputTokens' | 'outputTokens' | 'source'>): string[] {
  const { calls, errors, inputTokens, outputTokens, source } = counts;
  const about = source === 'reported' ? '' : '~';
  const tokens = [inputTokens, outputTokens, inputTokens + outputTokens];
  return [String(calls), String(errors), ...tokens.map((count) => `${about}${count.toLocaleString('en')}`)];
}

function toIso(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString();
}
