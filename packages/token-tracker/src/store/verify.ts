import { callsAsRollup, keyColumns, sumColumns } from '../queries/counts.js';
import type { Row, Script } from '../queries/types.js';
import type { DamagedCall, Difference, Verification } from '../types.js';
import type { CallValues } from './schema.js';
import { checkSum } from './settle-call.js';

const pageRows = 2_000;
const taskSums = ['calls', 'in_tok', 'out_tok'] as const;

/** Compares all sums with their calls, each kind in one statement and so in one snapshot, and every settled row with its check sum. */
export function* verifyScript(): Script<Verification> {
  const differences = [
    ...(yield* differencesOf('tokens_rollup', keyColumns, sumColumns, callsAsRollup)),
    ...(yield* differencesOf('tokens_tasks', ['task_id'], taskSums, `${callsAsRollup} AND task_id IS NOT NULL`)),
  ];
  const damaged: DamagedCall[] = [];
  let calls = 0;
  let open = 0;
  for (let lastId = ''; ; ) {
    const rows = yield {
      sql: 'SELECT * FROM tokens_calls WHERE id > ? ORDER BY id LIMIT ?',
      parameters: [lastId, pageRows],
    };
    for (const row of rows) {
      calls++;
      if (row.status === 'open') open++;
      else if (checkSum(row as CallValues) !== row.crc) damaged.push({ callId: row.id as string });
    }
    const last = rows.at(-1);
    if (!last) break;
    lastId = last.id as string;
  }
  return { ok: differences.length === 0 && damaged.length === 0, calls, open, differences, damaged };
}

function* differencesOf(
  table: Difference['table'],
  keys: readonly string[],
  sums: readonly string[],
  calls: string,
): Script<Difference[]> {
  const rows: readonly Row[] = yield {
    sql: `SELECT ${keys.join(', ')}, ${sums.map((column) => `sum(${column}) AS ${column}`).join(', ')} FROM (
      SELECT ${[...keys, ...sums].join(', ')} FROM (${calls}) AS counted
      UNION ALL SELECT ${[...keys, ...sums.map((column) => `-${column}`)].join(', ')} FROM ${table}) AS compared
      GROUP BY ${keys.join(', ')} HAVING ${sums.map((column) => `sum(${column}) <> 0`).join(' OR ')}`,
    parameters: [],
  };
  return rows.map((row) => ({
    table,
    key: pick(row, keys),
    off: pick<number>(
      row,
      sums.filter((column) => row[column] !== 0),
    ),
  }));
}

function pick<Value extends string | number>(row: Row, names: readonly string[]): Record<string, Value> {
  return Object.fromEntries(names.map((name) => [name, row[name] as Value]));
}
