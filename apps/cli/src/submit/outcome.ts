import type { TaskView } from '@tale/protocol';
import { CommandError } from '../command-error.js';
import { formatDuration } from '../duration.js';
import { exitCodeOf, exitCodes } from '../exit-codes.js';
import { shortId } from '../ids.js';

/** Why a task that has ended was no success; `null` if it was one. */
export function failureOfTask(task: TaskView): CommandError | null {
  const details = { task };
  const id = shortId(task.taskId);
  if (task.state === 'done') return null;
  if (task.state === 'cancelled') {
    const why = task.reason === null ? '' : `: ${task.reason}`;
    return new CommandError('cancelled', `Task ${id} was cancelled${why}.`, { details });
  }
  if (task.error) return CommandError.from(task.error, { details, exitCode: exitCodeOf(task.error.code) });
  if (task.state === 'failed' || task.state === 'dead') {
    return new CommandError('poison', `Task ${id} failed${task.reason === null ? '' : `: ${task.reason}`}.`, {
      details,
      hint: 'tale logs --level warn',
      exitCode: exitCodes.failed,
    });
  }
  return new CommandError('connection-lost', `Task ${id} is still ${task.state}.`, { details, retryable: true });
}

const becameOf: Readonly<Record<string, string>> = {
  done: 'it was done already',
  cancelled: 'it is cancelled',
  failed: 'it has failed',
  dead: 'it has failed',
};

/** Why a command ended before its task did: it was interrupted, or its time limit passed. */
export function failureOfCut(
  taskId: string,
  task: TaskView | null,
  { signal, maxTimeMs }: { readonly signal: AbortSignal; readonly maxTimeMs: number | null },
): CommandError {
  const id = shortId(taskId);
  const now = becameOf[task?.state ?? 'running'] ?? 'it may go on';
  const facts = { hint: task?.endedAt ? null : `tale status ${id}`, details: task ? { taskId, task } : { taskId } };
  if (!signal.aborted) {
    const limit = formatDuration(maxTimeMs ?? 0);
    return new CommandError('timeout', `Task ${id} took longer than ${limit}; ${now}.`, facts);
  }
  const { exitCode } = signal.reason as CommandError;
  return new CommandError('interrupted', `Interrupted; task ${id}: ${now}.`, { ...facts, exitCode });
}
