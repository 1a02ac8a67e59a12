import type { Lease, Settlement } from '../../backend.js';
import { TasksError } from '../../errors.js';
import type { Row } from '../../queries/plan.js';
import { rankOf } from '../../rank.js';
import { decideSettlement, type RunOutcome, type SettledRun } from '../../settlement.js';
import { isFinal } from '../../states.js';
import type { Database, Nudge, TaskState } from '../../types.js';
import { appendEvents, type NewEvent } from './append-events.js';
import type { Write, WriteContext } from './context.js';
import { change, select } from './statements.js';

/** Columns of a running task that its settlement needs. */
export const runningColumns =
  'id, state, epoch, runs, kind, priority, rank, attempt, recoveries, cancel_reason, started_at, deadline_at';

/** Ends the run of a lease, if it still holds. */
export function settle(lease: Lease, outcome: RunOutcome): Write<Settlement> {
  return async (trx, context) => {
    const [row] = await select(trx, `select ${runningColumns} from task_task where id = ?`, [lease.taskId]);
    if (!row) throw new TasksError('task-not-found', `no task ${lease.taskId}`, { taskId: lease.taskId });
    const state = row.state as TaskState;
    if (state !== 'running' || row.epoch !== lease.epoch) {
      return { result: { accepted: await wasAccepted(trx, lease, outcome), state }, nudges: [] };
    }
    const { settled, nudge } = await settleRow(trx, context, row, outcome);
    return { result: { accepted: true, state: settled.state }, nudges: [nudge] };
  };
}

/** Ends the run of a row that is known to be running: the task, its run and the event change together. */
export async function settleRow(
  trx: Database,
  { clock, agingMs }: WriteContext,
  row: Row,
  outcome: RunOutcome,
): Promise<{ settled: SettledRun; nudge: Nudge }> {
  const nowMs = clock.now();
  const id = row.id as string;
  const settled = decideSettlement(
    {
      cancelReason: row.cancel_reason as string | null,
      attempt: row.attempt as number,
      recoveries: row.recoveries as number,
    },
    outcome,
  );
  const { state, notBeforeMs } = settled;
  // A task that lost its worker keeps its place in the queue.
  const rank = notBeforeMs === null ? (row.rank as number) : rankOf(notBeforeMs, row.priority as number, agingMs);
  await change(
    trx,
    `update task_task set state = ?, reason = ?, rank = ?, attempt = ?, recoveries = ?, not_before = ?, ended_at = ?,
      result = ?, error = ?, lease_owner = null, lease_daemon = null, lease_boot = null, lease_until = null
      where id = ? and epoch = ? and state = 'running'`,
    [
      ...[state, settled.reason, rank, settled.attempt, settled.recoveries, notBeforeMs],
      ...[isFinal(state) ? nowMs : null, settled.result, settled.error && JSON.stringify(settled.error)],
      ...[id, row.epoch as number],
    ],
  );
  await change(trx, 'update task_run set ended_at = ?, "end" = ?, error = ? where step_id = ? and run = ?', [
    ...[nowMs, settled.runEnd, settled.runError && JSON.stringify(settled.runError)],
    ...[id, row.runs as number],
  ]);
  await appendEvents(trx, nowMs, [endEvent(row, settled, nowMs)]);
  return { settled, nudge: { reason: state === 'ready' ? 'ready' : 'event', taskId: id } };
}

function endEvent(row: Row, settled: SettledRun, nowMs: number): NewEvent {
  const taskId = row.id as string;
  const { state, error, queued } = settled;
  if (isFinal(state)) return { taskId, stepId: null, run: null, body: taskEnd(row, state, error, nowMs) };
  const body = { type: 'task-queued', kind: row.kind as string, priority: row.priority as number } as const;
  return { taskId, stepId: taskId, run: row.runs as number, body: { ...body, reason: queued ?? 'retry' } };
}

/** Body of the `task-end` event of a row. */
export function taskEnd(row: Row, state: SettledRun['state'], error: SettledRun['error'], nowMs: number) {
  if (!isFinal(state)) throw new TypeError(`a task does not end as ${state}`);
  const startedAtMs = row.started_at as number | null;
  return {
    type: 'task-end' as const,
    kind: row.kind as string,
    state,
    runs: row.runs as number,
    durationMs: startedAtMs === null ? 0 : Math.max(0, nowMs - startedAtMs),
    error,
  };
}

/** Whether this lease already ended its run this way, so that a repeated call gets the answer of the first. */
async function wasAccepted(trx: Database, { taskId, epoch }: Lease, outcome: RunOutcome): Promise<boolean> {
  const sql = 'select "end" from task_run where step_id = ? and epoch = ?';
  const [run] = await select(trx, sql, [taskId, epoch]);
  if (outcome.type === 'complete') return run?.end === 'done' || run?.end === 'cancelled';
  return outcome.type === 'fail' && (run?.end === 'failed' || run?.end === 'cancelled');
}
