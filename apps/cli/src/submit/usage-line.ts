import type { TaskView } from '@tale/protocol';
import { formatDuration } from '../duration.js';
import { shortId } from '../ids.js';
import { formatCount } from '../render/numbers.js';
import type { SubmitTiming } from './timing.js';

/** The last line of a submit: id, models, tokens of all its calls, first token if one was seen, total. Estimated counts carry `~`. */
export function describeUsage(
  task: TaskView,
  { firstTokenMs, totalMs }: Pick<SubmitTiming, 'firstTokenMs' | 'totalMs'>,
): string {
  const { usage } = task;
  const about = usage.source === 'reported' ? '' : '~';
  const models = [...new Set(usage.byModel.map(({ model }) => model))].join(' + ') || 'no model';
  return [
    shortId(task.taskId),
    models,
    `${about}${formatCount(usage.inputTokens)} in / ${about}${formatCount(usage.outputTokens)} out`,
    ...(firstTokenMs === null ? [] : [`first token ${formatDuration(firstTokenMs)}`]),
    `total ${formatDuration(totalMs)}`,
  ].join(' · ');
}

/** From the hand-over to the end of a task that another command has waited for, ms. */
export function lifetimeMs({ createdAt, endedAt }: TaskView): number {
  return endedAt === null ? 0 : Math.max(0, Date.parse(endedAt) - Date.parse(createdAt));
}
