import { TasksError } from '../../errors.js';
import { taskPlan } from '../../queries/task-plans.js';
import { rankOf } from '../../rank.js';
import { nextState } from '../../states.js';
import type { TaskRecord, TaskState } from '../../types.js';
import { appendEvents } from './append-events.js';
import { existingRow } from './cancel.js';
import type { Write } from './context.js';
import { change, run } from './statements.js';

/** Queues a failed or dead task for a new series of attempts, due at once; a deadline that has passed is dropped. */
export function retry(id: string): Write<TaskRecord> {
  return async (trx, { clock, agingMs }) => {
    const row = await existingRow(trx, id);
    const state = row.state as TaskState;
    const next = nextState(state, 'retry');
    if (next === null) {
      throw new TasksError('not-retryable', `task ${id} is ${state}; only failed and dead tasks are retried`, {
        taskId: id,
      });
    }
    const nowMs = clock.now();
    const priority = row.priority as number;
    await change(
      trx,
      `update task_task set state = ?, reason = null, cancel_reason = null, attempt = 1, recoveries = 0, rank = ?,
        not_before = ?, started_at = null, ended_at = null, error = null, result = null,
        deadline_at = case when deadline_at > ? then deadline_at end where id = ? and state = ?`,
      [next, rankOf(nowMs, priority, agingMs), nowMs, nowMs, id, state],
    );
    const body = { type: 'task-queued', kind: row.kind as string, priority, reason: 'retry' } as const;
    await appendEvents(trx, nowMs, [{ taskId: id, stepId: null, run: null, body }]);
    return { result: (await run(trx, taskPlan(id)))!, nudges: [{ reason: 'ready', taskId: id }] };
  };
}
