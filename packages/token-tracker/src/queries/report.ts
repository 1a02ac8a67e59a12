import { addCounts, callsAsRollup, countsOf, noCounts, sumColumns, weakestRank } from './counts.js';
import { dimensionColumns, planReport, type ReportPlan } from './report-plan.js';
import { periodName, type Stretch, stretchesOf, unitMs, zoneOffset } from './time-zone.js';
import type { Report, ReportOptions, ReportRow, Script, Statement } from './types.js';

const bucketMs = 900_000;

/**
 * Answers a report: from the rollup, with the rows of calls only where an end of the span cuts a bucket, or where tasks or conversations are
 * asked for. One query per stretch between clock changes, with the offset as a literal, so that no row needs a date function.
 *
 * @throws {@link TokenTrackerError} `invalid-argument`
 */
export function* reportScript(options: ReportOptions): Script<Report> {
  const plan = planReport(options);
  // A zone costs milliseconds to look up: only periods have hours and days.
  const offsetAt = plan.period ? zoneOffset(plan.timeZone) : () => 0;
  const [extent] = yield { sql: 'SELECT min(bucket) AS first, max(bucket) AS last FROM tokens_rollup', parameters: [] };
  const rows = new Map<string, ReportRow>();
  if (extent && extent.first !== null) {
    const fromMs = Math.max(plan.sinceMs, Number(extent.first));
    const untilMs = Math.min(plan.untilMs, Number(extent.last) + bucketMs);
    const stretches = plan.period ? stretchesOf(fromMs, untilMs, offsetAt) : [{ fromMs, untilMs, offsetMs: 0 }];
    for (const stretch of fromMs < untilMs ? stretches : []) {
      for (const row of yield statementOf(plan, stretch)) {
        const group: Record<string, string | null> = {};
        if (plan.period) group[plan.period] = periodName(plan.period, Number(row.period), stretch.offsetMs);
        for (const name of plan.dimensions) group[name] = row[dimensionColumns[name]] as string | null;
        const key = JSON.stringify(Object.values(group));
        const known = rows.get(key);
        if (known) addCounts(known, countsOf(row));
        else rows.set(key, { group, ...countsOf(row) });
      }
    }
  }
  const totals = noCounts();
  for (const row of rows.values()) addCounts(totals, row);
  return { rows: [...rows.values()].sort(inOrder(plan)), totals, droppedRecords: null };
}

function statementOf(plan: ReportPlan, stretch: Stretch): Statement {
  const groups = plan.dimensions.map((name) => dimensionColumns[name] as string);
  const selected = [...groups];
  if (plan.period) {
    // Literals: a bound number is a REAL in SQLite, and the division would not be whole.
    selected.unshift(`(bucket + ${Math.trunc(stretch.offsetMs)}) / ${unitMs(plan.period)} AS period`);
    groups.unshift('period');
  }
  const { parts, parameters } = plan.fromCalls ? callsBetween(plan, stretch) : rollupBetween(stretch);
  const sums = sumColumns.map((column) => `sum(${column}) AS ${column}`);
  return {
    sql: `SELECT ${[...selected, ...sums].join(', ')}, ${weakestRank} AS weakest FROM (${parts.join(' UNION ALL ')}) AS counted GROUP BY ${groups.join(', ')}`,
    parameters,
  };
}

function callsBetween(plan: ReportPlan, { fromMs, untilMs }: Stretch) {
  const conditions = plan.filters.map(([column]) => ` AND ${column} = ?`).join('');
  return {
    parts: [`${callsAsRollup} AND started_at >= ? AND started_at < ?${conditions}`],
    parameters: [fromMs, untilMs, ...plan.filters.map(([, value]) => value)],
  };
}

/** Whole buckets from the rollup, the rest of the span from calls. */
function rollupBetween({ fromMs, untilMs }: Stretch) {
  const firstMs = Math.ceil(fromMs / bucketMs) * bucketMs;
  const lastMs = Math.floor(untilMs / bucketMs) * bucketMs;
  const columns = `bucket, model, role, project, source, ${sumColumns.join(', ')}`;
  const calls = `SELECT ${columns} FROM (${callsAsRollup} AND started_at >= ? AND started_at < ?) AS edge`;
  if (firstMs > lastMs) return { parts: [calls], parameters: [fromMs, untilMs] };
  const parts = [`SELECT ${columns} FROM tokens_rollup WHERE bucket >= ? AND bucket < ?`];
  const parameters = [firstMs, lastMs];
  for (const [edgeMs, endMs] of [
    [fromMs, firstMs],
    [lastMs, untilMs],
  ] as const) {
    if (edgeMs < endMs) {
      parts.push(calls);
      parameters.push(edgeMs, endMs);
    }
  }
  return { parts, parameters };
}

function inOrder({ period }: ReportPlan) {
  return (one: ReportRow, other: ReportRow) => {
    // Hours with their zone do not sort as text on the day the clocks go back.
    const time = (row: ReportRow) => (period ? Date.parse(row.group[period] ?? '') : 0);
    const tokens = (row: ReportRow) => row.inputTokens + row.outputTokens;
    const names = (row: ReportRow) => JSON.stringify(Object.values(row.group));
    return time(one) - time(other) || tokens(other) - tokens(one) || (names(one) < names(other) ? -1 : 1);
  };
}
