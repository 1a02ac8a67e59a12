import type { TaskView } from '@tale/protocol';
import { formatDuration } from '../duration.js';
import { shortId } from '../ids.js';
import { formatInstant } from '../instant.js';
import type { Part } from '../printer.js';
import { sanitizeLine } from '../terminal/sanitizer.js';
import { formatCount } from './numbers.js';

const shownLines = 12;

/** A task on a few lines: state, times, tokens, runs, error and the last lines of its result. */
export function describeTask(task: TaskView, nowMs: number): Part[][] {
  const { usage, error } = task;
  const lines: Part[][] = [[{ style: 'bold', text: shortId(task.taskId) }, `  ${describeState(task)}`]];
  const add = (name: string, text: string) => lines.push([{ style: 'dim', text: `  ${name.padEnd(9)}` }, text]);
  const at = (iso: string) => formatInstant(Date.parse(iso), nowMs);

  add('id', task.taskId);
  add('title', sanitizeLine(task.title));
  add('created', `${at(task.createdAt)} · priority ${task.priority}`);
  if (task.startedAt) add('started', at(task.startedAt));
  if (task.endedAt)
    add('ended', `${at(task.endedAt)} · ${formatDuration(Date.parse(task.endedAt) - Date.parse(task.createdAt))}`);
  const about = usage.source === 'reported' ? '' : '~';
  add(
    'tokens',
    `${about}${formatCount(usage.inputTokens)} in / ${about}${formatCount(usage.outputTokens)} out · ${usage.calls} calls`,
  );
  for (const { model, role, inputTokens, outputTokens, calls } of usage.byModel) {
    add('', `${model} (${role}) ${formatCount(inputTokens)} in / ${formatCount(outputTokens)} out · ${calls} calls`);
  }
  task.runs.forEach((run, index) => {
    const end = run.endedAt ? `${at(run.endedAt)} ${run.end ?? ''}` : 'running';
    add(index === 0 ? 'runs' : '', `${run.run}. ${run.server}  ${at(run.startedAt)} – ${end}`);
  });
  if (error) {
    add('error', `${error.code}: ${sanitizeLine(error.message)}`);
    if (error.hint) add('', sanitizeLine(error.hint));
  }
  if (task.result) {
    const result = task.result.trimEnd().split('\n');
    const shown = result.slice(-shownLines);
    add('result', result.length > shown.length ? `… ${result.length - shown.length} earlier lines` : '');
    for (const line of shown) lines.push([`    ${line}`]);
  }
  return lines;
}

function describeState(task: TaskView): string {
  const parts: string[] = [task.state];
  if (task.reason !== null) parts.push(sanitizeLine(task.reason));
  if (task.step !== null) parts.push(`step ${task.step} of ${task.steps ?? '?'}`);
  if (task.percent !== null && task.state === 'running') parts.push(`${Math.round(task.percent)} %`);
  if (task.etaMs !== null) parts.push(`~${formatDuration(task.etaMs)} left`);
  return parts.join(' · ');
}
