import type { Role } from '../calls.js';
import type { Script } from '../queries/types.js';
import type { TaskEnd, TaskModelSums } from '../types.js';

/** Notes how a task ended and returns its sums by model and role. */
export function* endTaskScript(taskId: string, end: TaskEnd, endedAtMs: number): Script<TaskModelSums[]> {
  yield {
    sql: `INSERT INTO tokens_tasks (task_id, kind, outcome, calls, in_tok, out_tok, ended_at) VALUES (?, ?, ?, 0, 0, 0, ?)
      ON CONFLICT (task_id) DO UPDATE SET kind = excluded.kind, outcome = excluded.outcome, ended_at = excluded.ended_at`,
    parameters: [taskId, end.kind, end.outcome, Math.round(endedAtMs)],
  };
  const rows = yield {
    sql: `SELECT model, model_digest, role, sum(in_tok) AS in_tok, sum(out_tok) AS out_tok, count(*) AS calls,
      sum(coalesce(dur_ms, 0)) AS dur_ms FROM tokens_calls WHERE task_id = ? AND status <> 'open'
      GROUP BY model, model_digest, role ORDER BY sum(in_tok + out_tok) DESC, model, role`,
    parameters: [taskId],
  };
  return rows.map((row) => ({
    model: row.model as string,
    modelDigest: row.model_digest as string | null,
    role: row.role as Role,
    inputTokens: Number(row.in_tok),
    outputTokens: Number(row.out_tok),
    calls: Number(row.calls),
    durationMs: Number(row.dur_ms),
  }));
}
