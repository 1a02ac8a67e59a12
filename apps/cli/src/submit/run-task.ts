import type { TaskView } from '@tale/protocol';
import type { CommandError } from '../command-error.js';
import type { CommandContext } from '../context.js';
import type { GatewayLink } from '../gateway/gateway-link.js';
import { monotonicMs } from '../monotonic.js';
import { cutTask } from './cut-task.js';
import { followTask } from './follow.js';
import { type HandedOver, handOver } from './hand-over.js';
import { failureOfCut, failureOfTask } from './outcome.js';
import { readResult } from './read-result.js';
import { describeTiming } from './timing.js';
import { describeUsage, lifetimeMs } from './usage-line.js';
import { createWatch } from './watch.js';

/** A task and how its end is waited for. */
export interface Submission extends HandedOver {
  readonly showTiming: boolean;
  /** Whether its key may be that of a task from before. */
  readonly mayExist: boolean;
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

/** Longest timer of the platform, ms; the gateway keeps longer limits by itself. */
const longestTimerMs = 2 ** 31 - 1;

function localLimit(maxTimeMs: number | null): AbortSignal | null {
  return maxTimeMs === null || maxTimeMs > longestTimerMs ? null : AbortSignal.timeout(maxTimeMs);
}

/** Hands a task over and prints what becomes of it; resolves with the failure that ends the command, or `null`. */
export async function runTask(
  context: CommandContext,
  submission: Submission,
  { link, signal, promptMs, serversMs }: RunPorts,
): Promise<CommandError | null> {
  const { printer } = context;
  const sentMs = monotonicMs();
  const sentAtMs = context.now();
  printer.phase('handing over');
  const taskId = await handOver(link, submission, signal);

  if (submission.detach) {
    printer.phase('');
    if (printer.settings.json) printer.document({ schema: 'tale.submit/1', ...(await readResult(link, taskId)) });
    else printer.line(taskId);
    return null;
  }

  const ended = submission.mayExist ? await readEnded(link, taskId, sentAtMs) : null;
  if (ended) return printEnded(context, ended);

  const watch = createWatch(context, taskId, sentMs);
  const limit = localLimit(submission.maxTimeMs);
  const stop = limit ? AbortSignal.any([signal, limit]) : signal;
  let task: TaskView | null = null;
  try {
    await followTask(taskId, { link, signal: stop, onEvent: watch.push, onRetry: watch.sayConnectionLost });
  } catch (error) {
    watch.close();
    if (!stop.aborted) throw error;
    task = await cutTask(link, taskId, signal.aborted ? 'interrupted' : 'time limit');
    // At the limit it may be done all the same.
    if (signal.aborted || task?.state !== 'done') {
      watch.finish(task?.result ?? null);
      return failureOfCut(taskId, task, { signal, maxTimeMs: submission.maxTimeMs });
    }
  }
  task ??= await readResult(link, taskId);
  watch.finish(task.result);
  const failure = failureOfTask(task, submission.maxTimeMs);
  const timing = watch.timing(sentMs - promptMs - serversMs, serversMs);
  if (printer.settings.json && !failure) {
    printer.document({ schema: 'tale.submit/1', ...task, ...(submission.showTiming ? { timing } : {}) });
  }
  printer.note({ style: 'dim', text: describeUsage(task, timing) });
  if (submission.showTiming) printer.note({ style: 'dim', text: describeTiming(timing) });
  return failure;
}

/** The task, if it has ended before this command came. */
async function readEnded(link: GatewayLink, taskId: string, beforeMs: number): Promise<TaskView | null> {
  const task = await readResult(link, taskId);
  return task.endedAt !== null && Date.parse(task.endedAt) < beforeMs ? task : null;
}

/** There is nothing to watch, and nothing was measured here. */
function printEnded({ printer }: CommandContext, task: TaskView): CommandError | null {
  printer.phase('');
  if (task.result) {
    const text = printer.text();
    text.write(task.result);
    text.end();
  }
  const failure = failureOfTask(task);
  if (printer.settings.json && !failure) printer.document({ schema: 'tale.submit/1', ...task });
  printer.note({ style: 'dim', text: describeUsage(task, { firstTokenMs: null, totalMs: lifetimeMs(task) }) });
  return failure;
}
