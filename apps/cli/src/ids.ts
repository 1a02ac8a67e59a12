import type { TaskView } from '@tale/protocol';
import { CommandError } from './command-error.js';
import type { CommandContext } from './context.js';
import type { MatchView, TaskSource } from './gateway/task-source.js';
import { formatAge } from './instant.js';
import { sanitizeLine } from './terminal/sanitizer.js';

const shownCharacters = 6;
const shownMatches = 10;

/** Ids as they are shown: their last 6 characters, or as many more as tell them apart. */
export function shortenIds(ids: readonly string[]): string[] {
  const unique = new Set(ids);
  const longest = Math.max(shownCharacters, ...ids.map((id) => id.length));
  for (let length = shownCharacters; length < longest; length++) {
    if (new Set([...unique].map((id) => id.slice(-length))).size === unique.size)
      return ids.map((id) => id.slice(-length));
  }
  return [...ids];
}

/** One id as it is shown. */
export function shortId(id: string): string {
  return id.slice(-shownCharacters);
}

/** A line for each task of several, newest first: id, state, age, title. */
export function describeMatches(tasks: readonly TaskView[], nowMs: number): string[] {
  const ids = shortenIds(tasks.map((task) => task.taskId));
  return tasks
    .slice(0, shownMatches)
    .map(
      (task, at) =>
        `${ids[at]}  ${task.state}  ${formatAge(Date.parse(task.createdAt), nowMs)}  ${sanitizeLine(task.title)}`,
    );
}

/** What no task or several tasks mean for the command. */
export function matchError(text: string, match: MatchView, nowMs: number): CommandError {
  if (match.tasks.length === 0) {
    const near = match.suggestions.map(shortId);
    return new CommandError('task-not-found', `No task has the id ${text}.`, {
      hint: near.length > 0 ? `did you mean ${near.join(' or ')}?` : 'tale list',
      details: { id: text, suggestions: match.suggestions },
    });
  }
  const matches = match.tasks.slice(0, shownMatches).map(({ taskId, state, createdAt, title }) => {
    return { taskId, state, createdAt, title };
  });
  return new CommandError('ambiguous-id', `${text} means more than one task.`, {
    hint: 'give more characters of the id',
    details: { id: text, matches, lines: describeMatches(match.tasks, nowMs) },
  });
}

/** The error for an id that no task has. */
export function taskNotFound(id: string): CommandError {
  return new CommandError('task-not-found', `There is no task ${id}.`, { hint: 'tale list', details: { id } });
}

/**
 * The task that an argument means, as the gateway matches it: exact, then by beginning, then by end. Several: a numbered choice
 * where somebody can be asked.
 *
 * @throws {@link CommandError} `task-not-found`, `ambiguous-id`
 */
export async function resolveTask(context: CommandContext, source: TaskSource, text: string): Promise<TaskView> {
  const match = await source.match(text);
  const [first, second] = match.tasks;
  if (first && !second) return first;
  const error = matchError(text, match, context.now());
  if (match.tasks.length === 0) throw error;
  return askWhich(context, match.tasks, describeMatches(match.tasks, context.now()), error);
}

/**
 * One of several things that an argument means: a numbered choice where somebody can be asked, else `ambiguous`, whose message is
 * the question.
 */
export async function askWhich<View>(
  context: CommandContext,
  found: readonly View[],
  lines: readonly string[],
  ambiguous: CommandError,
): Promise<View> {
  if (!context.canAsk()) throw ambiguous;
  const { askForNumber } = await import('./terminal/menu.js');
  const chosen = await askForNumber(context.printer, ambiguous.message.replace(/\.$/, ':'), lines);
  const view = chosen === null ? undefined : found[chosen];
  if (view === undefined) throw ambiguous;
  return view;
}
