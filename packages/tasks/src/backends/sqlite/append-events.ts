import type { TaskEventBody } from '../../task-event.js';
import type { Database } from '../../types.js';
import { change } from './statements.js';

const eventsPerStatement = 100;

/** An event before the store numbers it; `stepId` and `run` are null where it concerns the task as a whole. */
export interface NewEvent {
  readonly taskId: string;
  readonly stepId: string | null;
  readonly run: number | null;
  readonly body: TaskEventBody;
}

/** Appends events inside the transaction of the change that they tell of. */
export async function appendEvents(trx: Database, atMs: number, events: readonly NewEvent[]): Promise<void> {
  for (let start = 0; start < events.length; start += eventsPerStatement) {
    const part = events.slice(start, start + eventsPerStatement);
    await change(
      trx,
      `insert into task_event (at, task_id, step_id, run, type, body) values ${part.map(() => '(?, ?, ?, ?, ?, ?)').join(', ')}`,
      part.flatMap(({ taskId, stepId, run, body: { type, ...rest } }) => [
        atMs,
        taskId,
        stepId,
        run,
        type,
        JSON.stringify(rest),
      ]),
    );
  }
}
