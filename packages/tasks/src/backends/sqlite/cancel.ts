import { TasksError } from '../../errors.js';
import type { Row } from '../../queries/plan.js';
import { taskPlan } from '../../queries/task-plans.js';
import { isFinal, nextState } from '../../states.js';
import type { Database, TaskRecord, TaskState } from '../../types.js';
import { appendEvents, type NewEvent } from './append-events.js';
import type { Write } from './context.js';
import { runningColumns, taskEnd } from './settle.js';
import { change, run, select } from './statements.js';

/** Ends a task that does not run; of a running one the holder is asked. Ended tasks stay as they are. */
export function cancel(id: string, reason: string): Write<TaskRecord> {
  return async (trx, { clock }) => {
    const row = await existingRow(trx, id);
    const state = row.state as TaskState;
    if (isFinal(state) || row.cancel_reason !== null) return { result: (await run(trx, taskPlan(id)))!, nudges: [] };
    const next = nextState(state, 'cancel-request')!;
    const nowMs = clock.now();
    const events: NewEvent[] = [{ taskId: id, stepId: null, run: null, body: { type: 'task-cancel', reason } }];
    if (isFinal(next)) {
      events.push({ taskId: id, stepId: null, run: null, body: taskEnd(row, next, null, nowMs) });
      await change(
        trx,
        'update task_task set state = ?, reason = ?, cancel_reason = ?, not_before = null, ended_at = ? where id = ? and state = ?',
        [next, reason, reason, nowMs, id, state],
      );
    } else {
      await change(trx, 'update task_task set cancel_reason = ? where id = ? and state = ?', [reason, id, state]);
    }
    await appendEvents(trx, nowMs, events);
    const task = (await run(trx, taskPlan(id)))!;
    return { result: task, nudges: [{ reason: isFinal(next) ? 'event' : 'cancel', taskId: id }] };
  };
}

/** The columns of a task that state changes need. */
export async function existingRow(trx: Database, id: string): Promise<Row> {
  const [row] = await select(trx, `select ${runningColumns} from task_task where id = ?`, [id]);
  if (!row) throw new TasksError('task-not-found', `no task ${id}`, { taskId: id });
  return row;
}
