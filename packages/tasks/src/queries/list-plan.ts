import { TasksError } from '../errors.js';
import type { ListOptions, TaskPage } from '../types.js';
import { places, selectSummary } from './columns.js';
import type { Plan } from './plan.js';
import { toTaskSummary } from './records.js';

const largestPage = 1_000;

/** Reads a page of tasks, newest first. */
export function* listPlan(options: ListOptions): Plan<TaskPage> {
  const { states, sinceMs, search, limit, cursor } = options;
  if (!Number.isInteger(limit) || limit < 1 || limit > largestPage) {
    throw new TasksError('invalid-option', `limit must be an integer from 1 to ${largestPage}, not ${limit}`);
  }
  const conditions: string[] = [];
  const parameters: (string | number)[] = [];
  const add = (condition: string, ...values: (string | number)[]) => {
    conditions.push(condition);
    parameters.push(...values);
  };
  if (states) add(`t.state in (${places(states.length)})`, ...states);
  if (sinceMs !== undefined) add('t.created_at >= ?', sinceMs);
  for (const word of search?.split(/\s+/).filter(Boolean) ?? []) {
    add(`t.title like ? escape '\\'`, `%${word.replace(/[\\%_]/g, '\\$&')}%`);
  }
  if (cursor !== undefined) {
    const [createdAtMs, id] = parseCursor(cursor);
    add('(t.created_at, t.id) < (?, ?)', createdAtMs, id);
  }
  const where = conditions.length > 0 ? `where ${conditions.join(' and ')}` : '';
  const rows = yield {
    sql: `${selectSummary} ${where} order by t.created_at desc, t.id desc limit ?`,
    parameters: [...parameters, limit + 1],
  };
  const tasks = rows.slice(0, limit).map(toTaskSummary);
  const last = rows.length > limit ? tasks.at(-1) : undefined;
  return { tasks, next: last ? `${last.createdAtMs}.${last.id}` : null };
}

function parseCursor(cursor: string): [createdAtMs: number, id: string] {
  const [, createdAtMs, id] = /^(\d{1,16})\.(.+)$/.exec(cursor) ?? [];
  if (id === undefined) throw new TasksError('invalid-option', 'cursor is not one that a page of tasks gave');
  return [Number(createdAtMs), id];
}
