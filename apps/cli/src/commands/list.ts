import type { TaskState } from '@tale/protocol';
import type { CommandContext } from '../context.js';
import { withSource } from '../gateway/open-source.js';
import { shortenIds } from '../ids.js';
import { formatAge } from '../instant.js';
import { readChoices, readInstant, readInteger } from '../options.js';
import { formatCount } from '../render/numbers.js';
import { renderTable } from '../render/table.js';

/** Options of `tale list` as commander gives them. */
export interface ListOptions {
  readonly status?: string;
  readonly since?: string;
  readonly search?: string;
  readonly limit?: string;
  readonly cursor?: string;
}

const usualLimit = 20;
/** All of them, by its type; the list of protocol would bring its schemas into the bundle. */
const isState: Readonly<Record<TaskState, true>> = {
  queued: true,
  ready: true,
  running: true,
  waiting: true,
  done: true,
  failed: true,
  cancelled: true,
  dead: true,
};
const states = Object.keys(isState) as TaskState[];

/** `tale list`: tasks, newest first. */
export async function list(context: CommandContext, options: ListOptions): Promise<void> {
  const { printer } = context;
  const nowMs = context.now();
  const query = {
    states: readChoices('--status', options.status, states),
    sinceMs: readInstant('--since', options.since, nowMs),
    search: options.search ?? null,
    limit: readInteger('--limit', options.limit, { least: 1, most: 1_000 }) ?? usualLimit,
    cursor: options.cursor ?? null,
  };
  await withSource(context, async (source) => {
    const { tasks, next } = await source.list(query);
    if (printer.settings.json) return printer.document({ schema: 'tale.list/1', tasks, next });
    if (tasks.length === 0) return printer.note('no tasks');
    const ids = shortenIds(tasks.map((task) => task.taskId));
    const rows = tasks.map((task, at) => {
      const { inputTokens, outputTokens } = task.usage;
      const age = formatAge(Date.parse(task.createdAt), nowMs);
      return [ids[at]!, task.state, age, `${formatCount(inputTokens)}/${formatCount(outputTokens)}`, task.title];
    });
    const head = [{ title: 'ID' }, { title: 'STATE' }, { title: 'AGE' }, { title: 'IN/OUT' }, { title: 'TITLE' }];
    for (const line of renderTable(head, rows, tableColumns(printer.stdout))) printer.line(line);
    if (next !== null) printer.note(printer.asTyped(`more: tale list --cursor ${next}`));
  });
}

/** A pipe takes lines of any length. */
function tableColumns({ isTerminal, columns }: { isTerminal: boolean; columns: number }): number {
  return isTerminal ? columns : Number.POSITIVE_INFINITY;
}
