import type { TaskEvent } from '../task-event.js';
import type { TaskCounts, TaskRecord, TaskRun, TaskState } from '../types.js';
import { places, selectRecord } from './columns.js';
import type { Plan } from './plan.js';
import { toTaskEvent, toTaskRecord, toTaskRun } from './records.js';

/** Below SQLite's limit of parameters in one statement. */
const mostIds = 30_000;

/** Reads one task. */
export function* taskPlan(id: string): Plan<TaskRecord | null> {
  const [row] = yield { sql: `${selectRecord} where t.id = ?`, parameters: [id] };
  return row ? toTaskRecord(row) : null;
}

/** Reads tasks, in the order of `ids`; unknown ones are left out. */
export function* tasksPlan(ids: readonly string[]): Plan<TaskRecord[]> {
  const rows = yield { sql: `${selectRecord} where t.id in (${places(ids.length)})`, parameters: ids };
  const byId = new Map(rows.map((row) => [row.id as string, toTaskRecord(row)]));
  return ids.flatMap((id) => byId.get(id) ?? []);
}

/** Reads the runs of a task, oldest first. */
export function* runsPlan(taskId: string): Plan<TaskRun[]> {
  return (yield* runsOfPlan([taskId])).get(taskId)!;
}

/** Reads the runs of tasks, oldest first, with an entry for every id; one query for up to 30,000 ids. */
export function* runsOfPlan(taskIds: readonly string[]): Plan<Map<string, TaskRun[]>> {
  const runs = new Map<string, TaskRun[]>(taskIds.map((taskId) => [taskId, []]));
  const ids = [...runs.keys()];
  const columns = 'task_id, step_id, run, server, epoch, started_at, ended_at, "end", error';
  for (let start = 0; start < ids.length; start += mostIds) {
    const chunk = ids.slice(start, start + mostIds);
    const sql = `select ${columns} from task_run where task_id in (${places(chunk.length)}) order by started_at, run`;
    for (const row of yield { sql, parameters: chunk }) {
      const run = toTaskRun(row);
      runs.get(run.taskId)?.push(run);
    }
  }
  return runs;
}

/** Counts the tasks of each state. */
export function* countsPlan(): Plan<TaskCounts> {
  const counts: TaskCounts = {
    queued: 0,
    ready: 0,
    running: 0,
    waiting: 0,
    done: 0,
    failed: 0,
    cancelled: 0,
    dead: 0,
  };
  for (const row of yield { sql: 'select state, count(*) as count from task_task group by state', parameters: [] }) {
    counts[row.state as TaskState] = row.count as number;
  }
  return counts;
}

/** Reads a page of events after `after`, oldest first. */
export function* eventsPlan(options: { after: number; taskId?: string | undefined; limit: number }): Plan<TaskEvent[]> {
  const { after, taskId, limit } = options;
  const rows = yield {
    sql: `select seq, at, task_id, step_id, run, type, body from task_event
      where seq > ? ${taskId === undefined ? '' : 'and task_id = ?'} order by seq limit ?`,
    parameters: taskId === undefined ? [after, limit] : [after, taskId, limit],
  };
  return rows.map(toTaskEvent);
}
