import { setTimeout as sleep } from 'node:timers/promises';
import type { ExecutionBackend } from '../backend.js';
import { TasksError } from '../errors.js';
import type { Clock, Logger } from '../types.js';
import { type ActiveRun, runTask, type TaskHandler } from './run-task.js';

const stopGraceMs = 5_000;
const shutdownGraceMs = 2_000;
const longestPauseMs = 5_000;

/** How a worker takes tasks. */
export interface WorkOptions {
  /** Tasks at the same time, 1 to 1,000. */
  readonly slots: number;
  /** Only tasks of these kinds. @defaultValue all */
  readonly kinds?: readonly string[];
  /** Name of this server in runs and events. */
  readonly server: string;
  /** Closes the worker, with no time for running handlers. */
  readonly signal?: AbortSignal;
}

/** A run that goes on in this process. */
export interface RunningTask {
  /** The task. */
  readonly taskId: string;
  /** Which run, from 1. */
  readonly run: number;
  /** Fencing number. */
  readonly epoch: number;
}

/** A loop that claims tasks and runs them. */
export interface Worker extends AsyncDisposable {
  /**
   * Takes no more tasks, waits `graceMs` for the running ones, then aborts their signals with the reason `shutdown` and
   * gives their leases back: such tasks are `ready` again and lose no attempt. `signal` ends the waiting at once. Idempotent: the
   * first call's options count. @defaultValue `graceMs: 0`
   */
  close(options?: { graceMs?: number; signal?: AbortSignal }): Promise<void>;
  /** What runs now. */
  running(): RunningTask[];
}

/** Starts a worker; it renews leases, obeys cancels and sweeps for lost ones as long as it is open. */
export function startWorker(
  options: WorkOptions & {
    handler: TaskHandler;
    backend: ExecutionBackend;
    leaseMs: number;
    clock: Clock;
    random: () => number;
    logger: Logger;
    onClose: () => void;
  },
): Worker {
  const { slots, kinds, server, signal, handler, backend, leaseMs, clock, random, logger, onClose } = options;
  const active = new Set<ActiveRun>();
  const stopping = new WeakSet<ActiveRun>();
  const claiming = new AbortController();
  const heartbeatMs = leaseMs / 3;
  let closed: Promise<void> | null = null;
  let freed = () => {};
  let tickAtMs = performance.now();

  const guarded = (what: string, action: () => Promise<unknown>) => () => {
    void action().catch((error: unknown) => logger.warn({ error, server }, `${what} failed; it is tried again`));
  };
  const heartbeat = setInterval(guarded('the heartbeat', beat), heartbeatMs);
  const sweep = setInterval(
    guarded('the sweep', () => backend.recover()),
    Math.min(1_000, leaseMs / 4),
  );
  const unwatch = backend.watch((change) => {
    if (active.size > 0 && (change === null || change.reason === 'cancel')) obeySoon();
  });
  const obeySoon = guarded('the look for cancels', async () => obey(await backend.cancelRequests(leases())));
  const claims = claimLoop();

  function leases() {
    return [...active].map((run) => run.lease);
  }

  async function beat(): Promise<void> {
    const lateMs = performance.now() - tickAtMs - heartbeatMs;
    tickAtMs = performance.now();
    if (lateMs > heartbeatMs) logger.warn({ server, lateMs }, 'the event loop is blocked: leases may be lost');
    const { lost, cancel } = await backend.heartbeat(leases(), leaseMs);
    for (const { taskId, epoch } of lost) {
      find(taskId, epoch)?.stop(new TasksError('lease-lost', `the lease of task ${taskId} is lost`, { taskId }));
    }
    obey(cancel);
  }

  function find(taskId: string, epoch: number): ActiveRun | undefined {
    return [...active].find(({ lease }) => lease.taskId === taskId && lease.epoch === epoch);
  }

  function obey(requests: Awaited<ReturnType<ExecutionBackend['cancelRequests']>>): void {
    for (const { lease, reason } of requests) {
      const run = find(lease.taskId, lease.epoch);
      if (!run || stopping.has(run)) continue;
      stopping.add(run);
      run.stop(new TasksError('cancelled', reason, { taskId: lease.taskId }));
      void writeOffUnlessEnded(run);
    }
  }

  /** The slot of a handler that does not stop stays taken until it returns. */
  async function writeOffUnlessEnded(run: ActiveRun, graceMs = stopGraceMs): Promise<void> {
    if (await within(run.ended, graceMs)) return;
    logger.error({ server, taskId: run.lease.taskId }, 'a handler ignores its signal; its run is written off');
    await run.writeOff();
  }

  async function claimLoop(): Promise<void> {
    for (let failures = 0; !claiming.signal.aborted; ) {
      if (active.size >= slots) {
        await new Promise<void>((resolve) => {
          freed = resolve;
        });
        continue;
      }
      try {
        const request = { server, slots: slots - active.size, kinds: kinds ?? null, leaseMs, signal: claiming.signal };
        for (const claimed of await backend.claim(request)) start(claimed);
        failures = 0;
      } catch (error) {
        if (claiming.signal.aborted) return;
        failures += 1;
        logger.warn({ error, server, failures }, 'no task could be claimed; trying again');
        const pauseMs = Math.min(longestPauseMs, 100 * 2 ** failures) * (0.5 + random() / 2);
        await sleep(pauseMs, undefined, { signal: claiming.signal }).catch(() => {});
      }
    }
  }

  function start(claimed: Awaited<ReturnType<ExecutionBackend['claim']>>[number]): void {
    const run = runTask({ claimed, handler, backend, server, clock, random, logger });
    active.add(run);
    void run.ended.finally(() => {
      active.delete(run);
      freed();
    });
  }

  async function shutDown(graceMs: number, cut: AbortSignal | undefined): Promise<void> {
    claiming.abort();
    freed();
    await claims;
    const ended = () => Promise.all([...active].map((run) => run.ended));
    if (!(await within(ended(), graceMs, cut))) {
      const runs = [...active];
      for (const run of runs) run.stop(new TasksError('shutdown', 'the worker shuts down', { taskId: run.task.id }));
      await Promise.all(runs.map((run) => writeOffUnlessEnded(run, shutdownGraceMs)));
    }
    clearInterval(heartbeat);
    clearInterval(sweep);
    unwatch();
    signal?.removeEventListener('abort', onAbort);
    onClose();
  }

  function close({ graceMs = 0, signal: cut }: { graceMs?: number; signal?: AbortSignal } = {}): Promise<void> {
    closed ??= shutDown(graceMs, cut);
    return closed;
  }
  const onAbort = () => void close();
  if (signal?.aborted) onAbort();
  else signal?.addEventListener('abort', onAbort, { once: true });

  return {
    close,
    running: () => leases(),
    [Symbol.asyncDispose]: () => close(),
  };
}

async function within(promise: Promise<unknown>, timeoutMs: number, cut?: AbortSignal): Promise<boolean> {
  const timer = new AbortController();
  const end = cut ? AbortSignal.any([timer.signal, cut]) : timer.signal;
  const late = sleep(timeoutMs, false, { signal: end }).catch(() => false);
  const inTime = await Promise.race([promise.then(() => true), late]);
  timer.abort();
  return inTime;
}
