import { setTimeout as sleep } from 'node:timers/promises';
import type { ClaimedTask, ExecutionBackend, Guard, Lease, Settlement } from '../backend.js';
import { cleanText } from '../clean-text.js';
import { toErrorEnvelope } from '../error-envelope.js';
import { TasksError } from '../errors.js';
import { decideSequel } from '../retry.js';
import type { Progress, RunEvent, StepEndEvent, StepStartEvent, TaskEventBase } from '../task-event.js';
import type { Clock, ErrorEnvelope, Logger, TaskRecord } from '../types.js';
import { createProgressThrottle } from './progress-throttle.js';

const progressIntervalMs = 250;
const settleTries = 5;
const longestTimerMs = 2 ** 31 - 1;

/** What a handler is given. */
export interface TaskContext {
  /** The task as it was claimed. */
  readonly task: TaskRecord;
  /** Which run of the task this is, from 1. */
  readonly run: number;
  /** Fencing number of the lease. */
  readonly epoch: number;
  /**
   * Aborted when the work must stop; `signal.reason` is a `TasksError` with the code `cancelled`, `deadline`, `lease-lost`
   * or `shutdown`.
   */
  readonly signal: AbortSignal;
  /** Tells inside a transaction whether this run may still write: for the stores that the handler writes to. */
  readonly guard: Guard;
  /** Reports how far the work is; of quick reports the latest counts. */
  progress(progress: Progress): void;
  /** Reports the start of a step. @throws `TasksError` `lease-lost` */
  stepStart(step: Omit<StepStartEvent, keyof TaskEventBase | 'type' | 'server'>): Promise<void>;
  /** Reports the end of a step. @throws `TasksError` `lease-lost` */
  stepEnd(step: Omit<StepEndEvent, keyof TaskEventBase | 'type'>): Promise<void>;
}

/**
 * What a handler returns. After its signal was aborted with `cancelled` or `deadline` it is the part that is ready, which the ended
 * task keeps; after `shutdown` or `lease-lost` it is dropped, as the task runs again.
 */
export interface TaskResult {
  /** Text of the result, up to several MB. */
  readonly result: string;
}

/** Does the work of one run. Throws to fail: with `retryable: true` in the error the task is tried again. */
export type TaskHandler = (context: TaskContext) => Promise<TaskResult>;

/** A run in this process. */
export interface ActiveRun {
  readonly lease: Lease;
  readonly task: TaskRecord;
  /** Asks the handler to stop. The first reason counts. */
  stop(reason: TasksError): void;
  /** Ends the run in the database although its handler goes on: whatever that still writes is refused. */
  writeOff(): Promise<void>;
  /** The handler has returned and its outcome is stored. Never rejects. */
  readonly ended: Promise<void>;
}

/** Starts a handler under a lease and stores how it ends. */
export function runTask(options: {
  claimed: ClaimedTask;
  handler: TaskHandler;
  backend: ExecutionBackend;
  server: string;
  clock: Clock;
  random: () => number;
  logger: Logger;
}): ActiveRun {
  const { claimed, handler, backend, server, clock, random, logger } = options;
  const { task, lease } = claimed;
  const controller = new AbortController();
  const { signal } = controller;
  const stop = (reason: TasksError) => {
    if (!signal.aborted) controller.abort(reason);
  };
  const loseLease = () => {
    const error = new TasksError('lease-lost', `task ${task.id} belongs to another worker`, { taskId: task.id });
    stop(error);
    return error;
  };
  const deadlineTimer = armDeadline(task, clock, () =>
    stop(new TasksError('deadline', `the deadline of task ${task.id} passed`, { taskId: task.id })),
  );

  async function send(event: RunEvent): Promise<void> {
    if (!(await backend.progress(lease, event))) throw loseLease();
  }
  const throttle = createProgressThrottle(async (progress) => {
    await send({ type: 'task-progress', ...progress }).catch((error: unknown) => {
      if (!signal.aborted) logger.warn({ error, taskId: task.id }, 'progress was not stored');
    });
  }, progressIntervalMs);

  async function work(): Promise<void> {
    let settle: () => Promise<Settlement>;
    try {
      const { result } = await handler({
        task,
        run: lease.run,
        epoch: lease.epoch,
        signal,
        guard: backend.guard(lease),
        progress: (progress) =>
          throttle.report({ ...progress, message: progress.message === null ? null : cleanText(progress.message) }),
        async stepStart(step) {
          await throttle.flush();
          await send({ type: 'step-start', server, ...step, title: cleanText(step.title) });
        },
        async stepEnd(step) {
          await throttle.flush();
          await send({ type: 'step-end', ...step });
        },
      });
      const text = cleanText(result);
      const stoppedBy = stopCode();
      if (stoppedBy === 'shutdown') settle = () => backend.release(lease);
      else if (stoppedBy === 'deadline') settle = () => fail(signal.reason, text);
      else settle = () => backend.complete(lease, text);
    } catch (error) {
      settle = () => (stopCode() === 'shutdown' ? backend.release(lease) : fail(error));
    }
    await throttle.flush();
    await store(settle);
  }

  function stopCode(): TasksError['code'] | null {
    return signal.aborted ? (signal.reason as TasksError).code : null;
  }

  function fail(thrown: unknown, result: string | null = null): Promise<Settlement> {
    const error = toErrorEnvelope(stopCode() === 'deadline' ? signal.reason : thrown, server);
    return backend.fail(lease, error, sequelOf(error), result);
  }

  function sequelOf(error: ErrorEnvelope) {
    const { attempt, maxAttempts } = task;
    return decideSequel({ error, attempt, maxAttempts, nowMs: clock.now(), random: random() });
  }

  /** Without success the lease expires and the task runs again. */
  async function store(settle: () => Promise<Settlement>): Promise<void> {
    for (let attempt = 1; stopCode() !== 'lease-lost'; attempt++) {
      try {
        const { accepted } = await settle();
        if (!accepted) loseLease();
        return;
      } catch (error) {
        logger.error({ error, taskId: task.id, run: lease.run, attempt }, 'the end of a run was not stored');
        if (attempt === settleTries) return;
        await sleep(random() * 100 * 2 ** attempt);
      }
    }
  }

  return {
    lease,
    task,
    stop,
    writeOff: () => store(() => (stopCode() === 'shutdown' ? backend.release(lease) : fail(signal.reason))),
    ended: work().finally(() => clearTimeout(deadlineTimer)),
  };
}

function armDeadline(task: TaskRecord, clock: Clock, onDeadline: () => void): NodeJS.Timeout | undefined {
  if (task.deadlineAtMs === null) return undefined;
  const leftMs = task.deadlineAtMs - clock.now();
  return leftMs > longestTimerMs ? undefined : setTimeout(onDeadline, Math.max(0, leftMs));
}
