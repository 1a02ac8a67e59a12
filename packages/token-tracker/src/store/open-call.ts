import type { Script, Statement } from '../queries/types.js';
import { type CallValues, columns } from './schema.js';

/** A process that writes, as it is told to the others. */
export interface ProcessRow {
  readonly processId: string;
  readonly pid: number;
  readonly host: string;
  readonly startedAtMs: number;
}

const insertOpen = `INSERT INTO tokens_calls (${columns.opened.join(', ')}) VALUES (${columns.opened.map(() => '?').join(', ')})
  ON CONFLICT DO NOTHING RETURNING id`;

/** Stores a call that begins, and returns whether its row is new; an id that is there already stays as it is. */
export function* openCall(values: CallValues): Script<boolean> {
  const inserted = yield { sql: insertOpen, parameters: columns.opened.map((column) => values[column]) };
  return inserted.length > 0;
}

/** Tells the other processes that this one lives. `seenAtMs` is on the monotonic clock. */
export function seeProcess(row: ProcessRow, seenAtMs: number): Statement {
  return {
    sql: `INSERT INTO tokens_processes (process_id, pid, host, started_at, seen_at) VALUES (?, ?, ?, ?, ?)
      ON CONFLICT (process_id) DO UPDATE SET seen_at = excluded.seen_at`,
    parameters: [row.processId, row.pid, row.host, row.startedAtMs, Math.round(seenAtMs)],
  };
}

/** Stores how far an open call has come. */
export function progressCall(callId: string, outputTokens: number): Statement {
  return {
    sql: "UPDATE tokens_calls SET out_tok = ? WHERE id = ? AND status = 'open'",
    parameters: [outputTokens, callId],
  };
}
