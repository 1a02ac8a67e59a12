import type { ListOptions, TaskCounts, TaskMatch, TaskPage, TaskRecord, TaskRun } from '../types.js';
import { listPlan } from './list-plan.js';
import { matchPlan } from './match-plan.js';
import { type Plan, type Row, runPlan } from './plan.js';
import { countsPlan, runsOfPlan, runsPlan, taskPlan } from './task-plans.js';

/** What is used of a better-sqlite3 handle; a read-only one will do. */
export interface SqliteHandle {
  /** Compiles a statement. */
  prepare(sql: string): {
    /** Its rows. */
    all(...parameters: unknown[]): unknown[];
  };
}

/** Reads tasks without Kysely and without promises. */
export interface TaskReader {
  /** One task, or null. */
  get(id: string): TaskRecord | null;
  /** A page of tasks, newest first. */
  list(options: ListOptions): TaskPage;
  /** The tasks that an abbreviated id may mean. */
  match(text: string): TaskMatch;
  /** The runs of a task, oldest first. */
  runs(taskId: string): TaskRun[];
  /** The runs of several tasks in one query, oldest first; the map has an entry for every id. */
  runsOf(taskIds: readonly string[]): Map<string, TaskRun[]>;
  /** Tasks per state. */
  counts(): TaskCounts;
}

/** Makes a {@link TaskReader} of a raw handle, for programs that start fast or read beside stopped servers. */
export function createTaskReader(handle: SqliteHandle): TaskReader {
  const read = <Result>(plan: Plan<Result>): Result =>
    runPlan(plan, ({ sql, parameters }) => handle.prepare(sql).all(...parameters) as Row[]);
  return {
    get: (id) => read(taskPlan(id)),
    list: (options) => read(listPlan(options)),
    match: (text) => read(matchPlan(text)),
    runs: (taskId) => read(runsPlan(taskId)),
    runsOf: (taskIds) => read(runsOfPlan(taskIds)),
    counts: () => read(countsPlan()),
  };
}
