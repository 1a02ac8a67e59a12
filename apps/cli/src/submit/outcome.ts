import type { TaskView } from '@tale/protocol';
import { CommandError } from '../command-error.js';
import { formatDuration } from '../duration.js';
import { exitCodeOf, exitCodes } from '../exit-codes.js';
import { shortId } from '../ids.js';

/** Why a task that has ended was no success; `null` if it was one. `maxTimeMs` is the limit that this command set. */
export function failureOfTask(task: TaskView, maxTimeMs: number | null = null): CommandError | null {
  const details = { task };
  const id = shortId(task.taskId);
  if (task.state === 'done') return null;
  if (task.error?.code === 'deadline') return pastLimit(task.taskId, task, maxTimeMs);
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
  if (!signal.aborted) return pastLimit(taskId, task, maxTimeMs);
  const id = shortId(taskId);
  const now = becameOf[task?.state ?? 'running'] ?? 'it may go on';
  const { exitCode } = signal.reason as CommandError;
  return new CommandError('interrupted', `Interrupted; task ${id}: ${now}.`, { ...factsOf(taskId, task), exitCode });
}

/** The one message of a time limit, whether this command or the gateway noticed first. */
function pastLimit(taskId: string, task: TaskView | null, maxTimeMs: number | null): CommandError {
  const limit = maxTimeMs === null ? 'its time limit' : formatDuration(maxTimeMs);
  return new CommandError(
    'deadline',
    `Task ${shortId(taskId)} was not done within ${limit}; ${becameAtLimit(task)}.`,
    factsOf(taskId, task),
  );
}

function becameAtLimit(task: TaskView | null): string {
  if (!task) return 'it may go on';
  if (task.endedAt === null) return 'it is being stopped';
  return task.result ? 'it was stopped, what there is was printed' : 'it was stopped, nothing was written yet';
}

function factsOf(taskId: string, task: TaskView | null) {
  return {
    hint: task?.endedAt ? null : `tale status ${shortId(taskId)}`,
    details: task ? { taskId, task } : { taskId },
  };
}
