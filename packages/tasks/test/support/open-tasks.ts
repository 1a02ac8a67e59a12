import { type TemporaryDatabase, temporaryDatabase } from '@tale/test-kit';
import { createTasks, migrateTasks, type TaskSubmission, type Tasks, type TasksOptions } from '../../src/index.js';

/** Tasks on an empty database of their own. */
export interface OpenTasks extends AsyncDisposable {
  readonly tasks: Tasks;
  readonly database: TemporaryDatabase<unknown>;
  /** More tasks on the same file, as another process has them; closed with the first. */
  open(options?: Partial<TasksOptions>): Tasks;
}

export async function openTasks(options: Partial<TasksOptions> = {}): Promise<OpenTasks> {
  const database = await temporaryDatabase();
  await migrateTasks(database.kysely);
  const opened: Tasks[] = [];
  const open = (kysely: TasksOptions['kysely'], more: Partial<TasksOptions>) => {
    const tasks = createTasks({ kysely, ...more });
    opened.push(tasks);
    return tasks;
  };
  return {
    tasks: open(database.kysely, options),
    database,
    open: (more = {}) => open(database.open().kysely, more),
    async [Symbol.asyncDispose]() {
      for (const tasks of opened) await tasks.close();
      await database[Symbol.asyncDispose]();
    },
  };
}

/** Something to submit. */
export function submission(fields: Partial<TaskSubmission> = {}): TaskSubmission {
  return { kind: 'test', title: 'a task', payload: { prompt: 'hello' }, ...fields };
}
