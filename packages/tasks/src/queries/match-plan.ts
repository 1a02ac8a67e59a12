import type { TaskMatch, TaskSummary } from '../types.js';
import { closestIds } from './closest-ids.js';
import { places, selectSummary } from './columns.js';
import type { Plan } from './plan.js';
import { toTaskSummary } from './records.js';

const shortest = 4;
const longest = 26; // characters of a ULID
const most = 11;
const remembered = 2_000; // newest ids among which a mistyped one is looked for

/**
 * Finds the tasks that a text means: exact, else by the beginning, else by the end of the id, in either case and with
 * O read as 0 and I and L as 1, as ULIDs have neither.
 */
export function* matchPlan(text: string): Plan<TaskMatch> {
  const id = text.trim().toUpperCase().replace(/O/g, '0').replace(/[IL]/g, '1');
  const [exact] = yield { sql: `${selectSummary} where t.id in (?, ?)`, parameters: [text.trim(), id] };
  if (exact) return { kind: 'exact', tasks: [toTaskSummary(exact)], suggestions: [] };
  if (id.length < shortest || id.length > longest || /[^0-9A-Z]/.test(id)) return none([]);
  const newest = `order by t.id desc limit ${most}`;
  const byPrefix = yield {
    // A range, so that the index of the ids serves it; ~ sorts after every character of an id.
    sql: `${selectSummary} where t.id >= ? and t.id < ? ${newest}`,
    parameters: [id, `${id}~`],
  };
  if (byPrefix.length > 0) return { kind: 'prefix', tasks: byPrefix.map(toTaskSummary), suggestions: [] };
  const bySuffix = yield {
    // The inner select scans ids only, in their index.
    sql: `${selectSummary} where t.id in (select id from task_task where id like ?) ${newest}`,
    parameters: [`%${id}`],
  };
  if (bySuffix.length > 0) return { kind: 'suffix', tasks: bySuffix.map(toTaskSummary), suggestions: [] };
  const recent = yield { sql: `select id from task_task order by id desc limit ${remembered}`, parameters: [] };
  const near = closestIds(
    id,
    recent.map((row) => row.id as string),
  );
  if (near.length === 0) return none([]);
  const rows = yield { sql: `${selectSummary} where t.id in (${places(near.length)})`, parameters: near };
  const tasks = rows.map(toTaskSummary);
  return none(near.flatMap((nearId) => tasks.find((task) => task.id === nearId) ?? []));
}

function none(suggestions: TaskSummary[]): TaskMatch {
  return { kind: 'none', tasks: [], suggestions };
}
