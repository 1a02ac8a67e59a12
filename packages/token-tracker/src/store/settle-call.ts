import { crc32 } from 'node:zlib';
import { sumColumns } from '../queries/counts.js';
import type { Row, Script, Statement } from '../queries/types.js';
import { bucketMs, type CallColumn, type CallValues, columns, type SettledColumn } from './schema.js';

/** What settling found: an open or unknown call, a call that was thought lost, or one that is counted already. */
export type Settled = 'settled' | 'corrected' | 'repeated';

// Without the condition, max() would not use the partial index and would read the whole table.
const nextSequence = '(SELECT coalesce(max(settle_seq), 0) + 1 FROM tokens_calls WHERE settle_seq IS NOT NULL)';
const insertSettled = `INSERT INTO tokens_calls (${columns.all.join(', ')}, crc, settle_seq)
  VALUES (${columns.all.map(() => '?').join(', ')}, ?, ${nextSequence}) ON CONFLICT DO NOTHING RETURNING id`;
const updateSettled = `UPDATE tokens_calls SET ${columns.settled.map((column) => `${column} = ?`).join(', ')}, crc = ?,
  settle_seq = ${nextSequence} WHERE id = ? AND status = ? RETURNING id`;

/**
 * Counts a call exactly once: its row, its rollup bucket and its task change together or not at all. On a `lost` row the difference to what
 * recovery charged is applied. What a call is (start, model, labels) stays as its begin stored it; a caller that knows this row as `opened`
 * spares reading it.
 */
export function* settleCall(values: CallValues, opened: CallValues | null): Script<Settled> {
  const known = opened?.id === values.id ? yield* changeCall(opened, values) : null;
  if (known) {
    yield* applyCall(known, 1);
    return 'settled';
  }
  const [stored] = yield { sql: 'SELECT * FROM tokens_calls WHERE id = ?', parameters: [values.id] };
  if (!stored) {
    const [inserted] = yield {
      sql: insertSettled,
      parameters: [...columns.all.map((column) => values[column]), checkSum(values)],
    };
    if (!inserted) return 'repeated';
    yield* applyCall(values, 1);
    return 'settled';
  }
  if (stored.status !== 'open' && stored.status !== 'lost') return 'repeated';
  const changed = yield* changeCall(stored as CallValues, values);
  if (!changed) return 'repeated';
  if (stored.status === 'lost') yield* applyCall(stored as CallValues, -1);
  yield* applyCall(changed, 1);
  return stored.status === 'lost' ? 'corrected' : 'settled';
}

/** Charges an open call whose process has ended: input as estimated, output as last told. Returns whether it was open. */
export function* loseCall(stored: Row): Script<boolean> {
  const open = stored as CallValues;
  const lost: CallValues = {
    ...open,
    status: 'lost',
    source: 'estimated',
    in_tok: open.est_in_tok ?? 0,
    out_tok: open.out_tok ?? 0,
  };
  const changed = yield* changeCall(open, lost);
  if (changed) yield* applyCall(changed, 1);
  return changed !== null;
}

function* changeCall(stored: CallValues, next: Pick<CallValues, SettledColumn>): Script<CallValues | null> {
  const values = { ...stored } as { [column in CallColumn]: string | number | null };
  for (const column of columns.settled) values[column] = next[column];
  values.model_digest ??= stored.model_digest;
  const [updated] = yield {
    sql: updateSettled,
    parameters: [...columns.settled.map((column) => values[column]), checkSum(values), values.id, stored.status],
  };
  return updated ? values : null;
}

/** Check sum of a settled row over all columns but its place in the order of settling. */
export function checkSum(values: CallValues): number {
  return crc32(JSON.stringify(columns.all.map((column) => values[column])));
}

const addedSums = (table: string, sums: readonly string[]) =>
  sums.map((column) => `${column} = ${table}.${column} + excluded.${column}`).join(', ');
const upsertRollup = `INSERT INTO tokens_rollup (bucket, origin, provider, model, role, project, source, ${sumColumns.join(', ')})
  VALUES (${Array.from({ length: 7 + sumColumns.length }, () => '?').join(', ')})
  ON CONFLICT (bucket, origin, provider, model, role, project, source) DO UPDATE SET ${addedSums('tokens_rollup', sumColumns)}`;
const upsertTask = `INSERT INTO tokens_tasks (task_id, calls, in_tok, out_tok, started_at) VALUES (?, ?, ?, ?, ?)
  ON CONFLICT (task_id) DO UPDATE SET ${addedSums('tokens_tasks', ['calls', 'in_tok', 'out_tok'])},
  started_at = CASE WHEN tokens_tasks.started_at < excluded.started_at THEN tokens_tasks.started_at ELSE excluded.started_at END`;

/** Adds a call to its sums, or takes it away again. */
function* applyCall(values: CallValues, sign: 1 | -1): Script<void> {
  const number = (column: CallColumn) => sign * Number(values[column] ?? 0);
  const known = (column: CallColumn) => (values[column] === null ? 0 : sign);
  const startedAtMs = Number(values.started_at);
  const key = [
    startedAtMs - (startedAtMs % bucketMs),
    values.origin,
    values.provider,
    values.model,
    values.role,
    values.project,
    values.source,
  ];
  const sums = [
    sign,
    values.status === 'error' || values.status === 'lost' ? sign : 0,
    number('in_tok'),
    number('out_tok'),
    number('cache_read_tok'),
    known('cache_read_tok'),
    number('cache_write_tok'),
    known('cache_write_tok'),
    number('reasoning_tok'),
    known('reasoning_tok'),
    number('dur_ms'),
  ];
  yield { sql: upsertRollup, parameters: [...key, ...sums] };
  if (sign === -1) yield removeEmptyBucket(key);
  if (values.task_id !== null) {
    const parameters = [values.task_id, sign, number('in_tok'), number('out_tok'), startedAtMs];
    yield { sql: upsertTask, parameters };
  }
}

function removeEmptyBucket(key: Statement['parameters']): Statement {
  return {
    sql: `DELETE FROM tokens_rollup WHERE bucket = ? AND origin = ? AND provider = ? AND model = ? AND role = ? AND project = ?
      AND source = ? AND calls = 0`,
    parameters: key,
  };
}
