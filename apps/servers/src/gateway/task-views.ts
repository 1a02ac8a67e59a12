import { type TaskFacts, type TaskUsage, type TaskView, toTaskView } from '@tale/protocol';
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
      const ids = list.map(({ id }) => id);
      const [usages, runs] = await Promise.all([tracker.taskUsages(ids), tasks.runsOf(ids)]);
      return list.map((task) => toTaskView(task, runs.get(task.id) ?? [], usages.get(task.id) ?? emptyUsage));
    },
  };
}

const emptyUsage: TaskUsage = { inputTokens: 0, outputTokens: 0, calls: 0, source: 'reported', byModel: [] };
