import { ulid } from 'ulid';
import type { ExecutionBackend, RecoverOptions, RecoverReport, Submitted } from './backend.js';
import { sqliteBackend } from './backends/sqlite/sqlite-backend.js';
import { run } from './backends/sqlite/statements.js';
import { cleanText } from './clean-text.js';
import { TasksError } from './errors.js';
import { silentLogger } from './logger.js';
import { toTaskInput } from './new-task.js';
import { listPlan } from './queries/list-plan.js';
import { matchPlan } from './queries/match-plan.js';
import { eventsPlan, runsOfPlan, runsPlan, taskPlan } from './queries/task-plans.js';
import type { TaskEvent } from './task-event.js';
import type {
  Clock,
  Database,
  LeaseClock,
  ListOptions,
  Logger,
  NudgePort,
  TaskCounts,
  TaskMatch,
  TaskPage,
  TaskRecord,
  TaskRun,
  TaskSubmission,
  Writer,
} from './types.js';
import type { TaskHandler } from './worker/run-task.js';
import { startWorker, type Worker, type WorkOptions } from './worker/worker.js';

/** What {@link createTasks} is made of. */
export interface TasksOptions {
  /** Instance on the database that {@link migrateTasks} has prepared. */
  readonly kysely: Database;
  /** Carries tasks to workers. @defaultValue {@link sqliteBackend} of the other options */
  readonly backend?: ExecutionBackend;
  /** Commits writes. @defaultValue an own transaction for each */
  readonly writer?: Writer;
  /** Wakes other processes. @defaultValue none: their writes are seen by a look at the file every 10 ms */
  readonly nudge?: NudgePort;
  /** Instants of events, ranks and deadlines. @defaultValue the system's */
  readonly clock?: Clock;
  /** Time of leases. @defaultValue the machine's monotonic clock */
  readonly leaseClock?: LeaseClock;
  /** Makes the id of a task. @defaultValue a ULID of the clock's instant */
  readonly createId?: () => string;
  /** Jitter of retries, in [0, 1). @defaultValue `Math.random` */
  readonly random?: () => number;
  /** How long a lease holds without a heartbeat, ms; renewed at a third. @defaultValue `10000` */
  readonly leaseMs?: number;
  /** What one level of priority is worth in waiting, ms. @defaultValue `60000` */
  readonly agingMs?: number;
  /** Start of the daemon under which leases are taken. @defaultValue none */
  readonly daemonId?: string;
  /** @defaultValue silent */
  readonly logger?: Logger;
}

/** A durable queue of tasks. */
export interface Tasks extends AsyncDisposable {
  /**
   * Stores a task; resolves after COMMIT. The same key (1 to 256 characters) of the same owner gives the same task, with the
   * priority, title, deadline and attempts of the first submission.
   * @throws `TasksError` `invalid-task`, `key-conflict`, `storage-busy`, `closed`
   */
  submit(submission: TaskSubmission, options?: { key?: string }): Promise<Submitted>;
  /** One task, or null. */
  get(id: string): Promise<TaskRecord | null>;
  /** A page of tasks, newest first. @throws `TasksError` `invalid-option` */
  list(options: ListOptions): Promise<TaskPage>;
  /** The tasks that an abbreviated id may mean. */
  match(text: string): Promise<TaskMatch>;
  /** The runs of a task, oldest first. */
  runs(id: string): Promise<TaskRun[]>;
  /** The runs of several tasks in one query, oldest first; the map has an entry for every id. */
  runsOf(ids: readonly string[]): Promise<Map<string, TaskRun[]>>;
  /**
   * Cancels from any process: at once if the task does not run, else as soon as its holder has stopped; an ended task stays
   * as it is. @throws `TasksError` `task-not-found`
   */
  cancel(id: string, reason: string): Promise<TaskRecord>;
  /** Queues a failed or dead task again. @throws `TasksError` `task-not-found`, `not-retryable` */
  retry(id: string): Promise<TaskRecord>;
  /** Follows the events after `after` (0 for all) until the signal is aborted or the tasks are closed. */
  events(options: { after: number; taskId?: string; signal: AbortSignal; limit?: number }): AsyncIterable<TaskEvent>;
  /** One page of events, without waiting. */
  readEvents(options: { after: number; taskId?: string; limit: number }): Promise<TaskEvent[]>;
  /** Tasks per state. */
  counts(): Promise<TaskCounts>;
  /** Puts lost leases and passed deadlines right. Workers do it each second. */
  reap(): Promise<RecoverReport>;
  /** For a start: as `reap`, and leases of other daemons, or of one server, are void at once. Idempotent. */
  recover(options: RecoverOptions): Promise<RecoverReport>;
  /** Claims tasks and runs them. @throws `TasksError` `invalid-option`, `closed` */
  work(options: WorkOptions, handler: TaskHandler): Worker;
  /** Closes the workers, ends the event streams. Does not close the database. Idempotent. @defaultValue `graceMs: 0` */
  close(options?: { graceMs?: number }): Promise<void>;
}

/** Makes the queue on a database that {@link migrateTasks} has prepared. */
export function createTasks(options: TasksOptions): Tasks {
  const { kysely, clock = Date, random = Math.random, leaseMs = 10_000, logger = silentLogger } = options;
  if (!(leaseMs >= 100)) throw new TasksError('invalid-option', `leaseMs must be at least 100, not ${leaseMs}`);
  const createId = options.createId ?? (() => ulid(clock.now()));
  const backend = options.backend ?? sqliteBackend(options);
  const workers = new Set<Worker>();
  let closed: Promise<void> | null = null;

  async function shutDown(graceMs: number): Promise<void> {
    await Promise.all([...workers].map((worker) => worker.close({ graceMs })));
    await backend.close();
  }

  function close({ graceMs = 0 }: { graceMs?: number } = {}): Promise<void> {
    closed ??= shutDown(graceMs);
    return closed;
  }

  return {
    async submit(submission, { key } = {}) {
      const [submitted] = await backend.enqueue([toTaskInput(submission, key, createId())]);
      return submitted!;
    },
    get: (id) => run(kysely, taskPlan(id)),
    list: (listOptions) => run(kysely, listPlan(listOptions)),
    match: (text) => run(kysely, matchPlan(text)),
    runs: (id) => run(kysely, runsPlan(id)),
    runsOf: (ids) => run(kysely, runsOfPlan(ids)),
    cancel: (id, reason) => backend.cancel(id, cleanText(reason)),
    retry: (id) => backend.retry(id),
    events: (eventsOptions) => backend.subscribe(eventsOptions),
    readEvents: (eventsOptions) => run(kysely, eventsPlan(eventsOptions)),
    counts: () => backend.stats(),
    reap: () => backend.recover(),
    recover: (recoverOptions) => backend.recover(recoverOptions),
    work(workOptions, handler) {
      const { slots } = workOptions;
      if (closed) throw new TasksError('closed', 'these tasks are closed');
      if (!Number.isInteger(slots) || slots < 1 || slots > 1_000) {
        throw new TasksError('invalid-option', `slots must be an integer from 1 to 1000, not ${slots}`);
      }
      const onClose = () => workers.delete(worker);
      const worker = startWorker({ ...workOptions, handler, backend, leaseMs, clock, random, logger, onClose });
      workers.add(worker);
      return worker;
    },
    close,
    [Symbol.asyncDispose]: () => close(),
  };
}
