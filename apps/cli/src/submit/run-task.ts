import { setTimeout as sleep } from 'node:timers/promises';
import type { TaskView } from '@tale/protocol';
import { CommandError } from '../command-error.js';
import type { CommandContext } from '../context.js';
import type { GatewayLink } from '../gateway/gateway-link.js';
import { shortId } from '../ids.js';
import { cutTask } from './cut-task.js';
import { followTask } from './follow.js';
import { type HandedOver, handOver } from './hand-over.js';
import { failureOfTask } from './outcome.js';
import { describeTiming } from './timing.js';
import { describeUsage } from './usage-line.js';
import { createWatch } from './watch.js';

/** A task and how its end is waited for. */
export interface Submission extends HandedOver {
  readonly detach: boolean;
  readonly showTiming: boolean;
}

/** What a run needs beside its task. */
export interface RunPorts {
  readonly link: GatewayLink;
  readonly signal: AbortSignal;
  /** Reading the prompt, ms. */
  readonly promptMs: number;
  /** Starting servers and fetching models, ms. */
  readonly serversMs: number;
}

/** Hands a task over and prints what becomes of it; resolves with the failure that ends the command, or `null`. */
export async function runTask(
  context: CommandContext,
  submission: Submission,
  { link, signal, promptMs, serversMs }: RunPorts,
): Promise<CommandError | null> {
  const { printer } = context;
  const sentMs = performance.now();
  printer.phase('handing over');
  const taskId = await handOver(link, submission, signal);

  if (submission.detach) {
    printer.phase('');
    if (printer.settings.json) printer.document({ schema: 'tale.submit/1', ...(await readSurely(link, taskId)) });
    else printer.line(taskId);
    return null;
  }

  const watch = createWatch(context, taskId, sentMs);
  const limit = submission.maxTimeMs === null ? null : AbortSignal.timeout(submission.maxTimeMs);
  const stop = limit ? AbortSignal.any([signal, limit]) : signal;
  try {
    await followTask(taskId, {
      link,
      signal: stop,
      onEvent: watch.push,
      onRetry: watch.sayConnectionLost,
    });
  } catch (error) {
    watch.close();
    if (!stop.aborted) throw error;
    const task = await cutTask(link, taskId, signal.aborted ? 'interrupted' : 'time limit');
    watch.finish(task?.result ?? null);
    return failureOfCut(taskId, task, signal, submission.maxTimeMs);
  }
  const task = await readSurely(link, taskId);
  watch.finish(task.result);
  const failure = failureOfTask(task);
  const timing = watch.timing(sentMs - promptMs - serversMs, serversMs);
  if (printer.settings.json && !failure) {
    printer.document({ schema: 'tale.submit/1', ...task, ...(submission.showTiming ? { timing } : {}) });
  }
  printer.note({ style: 'dim', text: describeUsage(task, timing) });
  if (submission.showTiming) printer.note({ style: 'dim', text: describeTiming(timing) });
  return failure;
}

/** The task's end is known; a gateway that is away for a moment still owes the result. */
async function readSurely(link: GatewayLink, taskId: string): Promise<TaskView> {
  for (let attempt = 1; ; attempt++) {
    try {
      const gateway = await link.connect();
      if (gateway) return await gateway.get<TaskView>(`/v1/tasks/${encodeURIComponent(taskId)}`);
    } catch (error) {
      if (!(error instanceof CommandError) || !error.envelope.retryable || attempt === 20) throw error;
    }
    if (attempt === 20) {
      throw new CommandError('connection-lost', 'The gateway went away before it gave the result.', {
        retryable: true,
        hint: `tale status ${shortId(taskId)}`,
        details: { taskId },
      });
    }
    link.forget();
    await sleep(500);
  }
}

function failureOfCut(
  taskId: string,
  task: TaskView | null,
  signal: AbortSignal,
  maxTimeMs: number | null,
): CommandError {
  const id = shortId(taskId);
  const state = task?.state ?? 'unknown';
  const done = state === 'done' ? 'it was done already' : state === 'cancelled' ? 'it is cancelled' : 'it may go on';
  const hint = state === 'cancelled' ? null : `tale status ${id}`;
  const details = task ? { taskId, task } : { taskId };
  if (!signal.aborted) {
    return new CommandError('timeout', `Task ${id} took longer than ${maxTimeMs} ms; ${done}.`, { hint, details });
  }
  const { exitCode } = signal.reason as CommandError;
  return new CommandError('interrupted', `Interrupted; task ${id}: ${done}.`, { hint, details, exitCode });
}
