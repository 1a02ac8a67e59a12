import { isDeepStrictEqual } from 'node:util';
import type { Submitted, TaskInput } from '../../backend.js';
import { TasksError } from '../../errors.js';
import { taskPlan } from '../../queries/task-plans.js';
import { rankOf } from '../../rank.js';
import type { Database, TaskRecord } from '../../types.js';
import { appendEvents } from './append-events.js';
import type { Write, WriteContext } from './context.js';
import { change, run, select } from './statements.js';

/** Stores tasks as `ready`, unless their key is known. */
export function enqueue(tasks: readonly TaskInput[]): Write<Submitted[]> {
  return async (trx, context) => {
    const submitted: Submitted[] = [];
    for (const task of tasks) {
      const known = await findByKey(trx, task);
      if (known) checkSame(known, task);
      else await insert(trx, context, task);
      submitted.push({ task: known ?? (await run(trx, taskPlan(task.id)))!, created: !known });
    }
    return {
      result: submitted,
      nudges: submitted.flatMap(({ task, created }) => (created ? { reason: 'ready', taskId: task.id } : [])),
    };
  };
}

async function findByKey(trx: Database, { owner, key }: TaskInput): Promise<TaskRecord | null> {
  if (key === null) return null;
  const [row] = await select(trx, 'select id from task_task where owner = ? and key = ?', [owner ?? '', key]);
  return row ? run(trx, taskPlan(row.id as string)) : null;
}

function checkSame(known: TaskRecord, task: TaskInput): void {
  if (known.kind === task.kind && isDeepStrictEqual(known.payload, JSON.parse(task.payload))) return;
  throw new TasksError('key-conflict', `key "${task.key}" belongs to a task with another kind or payload`, {
    taskId: known.id,
  });
}

async function insert(trx: Database, { clock, agingMs }: WriteContext, task: TaskInput): Promise<void> {
  const nowMs = clock.now();
  await change(
    trx,
    `insert into task_task (id, owner, key, kind, title, priority, rank, state, attempt, max_attempts, recoveries, runs,
      epoch, deadline_at, created_at, payload) values (?, ?, ?, ?, ?, ?, ?, 'ready', 1, ?, 0, 0, 0, ?, ?, ?)`,
    [
      task.id,
      task.owner ?? '',
      task.key,
      task.kind,
      task.title,
      task.priority,
      rankOf(nowMs, task.priority, agingMs),
      task.maxAttempts,
      task.deadlineAtMs,
      nowMs,
      task.payload,
    ],
  );
  const body = { type: 'task-queued', kind: task.kind, priority: task.priority, reason: 'new' } as const;
  await appendEvents(trx, nowMs, [{ taskId: task.id, stepId: null, run: null, body }]);
}
