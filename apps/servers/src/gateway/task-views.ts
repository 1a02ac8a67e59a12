import { type TaskFacts, type TaskView, toTaskView } from '@tale/protocol';
import type { Tasks } from '@tale/tasks';
import type { TokenTracker } from '@tale/token-tracker';

/** Tasks as clients see them: stored facts, runs and tokens joined. */
export interface TaskViews {
  /** One task with its result, or `null`. */
  one(taskId: string): Promise<TaskView | null>;
  /** Several tasks, without results, in the order given. */
  many(tasks: readonly TaskFacts[]): Promise<TaskView[]>;
}

export function createTaskViews(tasks: Tasks, tracker: TokenTracker): TaskViews {
  return {
    async one(taskId) {
      const task = await tasks.get(taskId);
      if (!task) return null;
      const [runs, usage] = await Promise.all([tasks.runs(taskId), tracker.taskUsage(taskId)]);
      return toTaskView(task, runs, usage);
    },
    async many(list) {
      const usages = await tracker.taskUsages(list.map(({ id }) => id));
      const runs = await Promise.all(list.map(({ id }) => tasks.runs(id)));
      return list.map((task, index) => {
        const usage = usages.get(task.id) ?? emptyUsage;
        return toTaskView(task, runs[index] ?? [], usage);
      });
    },
  };
}

const emptyUsage = { inputTokens: 0, outputTokens: 0, calls: 0, source: 'reported', byModel: [] } as const satisfies {
  source: 'reported';
  byModel: never[];
  inputTokens: number;
  outputTokens: number;
  calls: number;
};
