import type { RunEvent, TaskEvent } from './task-event.js';
import type { Database, ErrorEnvelope, Nudge, TaskCounts, TaskRecord, TaskState } from './types.js';

/** A checked submission, complete with its defaults. */
export interface TaskInput {
  /** ULID for the task if it is new. */
  readonly id: string;
  /** Idempotency key. */
  readonly key: string | null;
  /** Whose task it is. */
  readonly owner: string | null;
  /** Which sort of work. */
  readonly kind: string;
  /** One line for people. */
  readonly title: string;
  /** JSON text of the payload. */
  readonly payload: string;
  /** 0 to 9. */
  readonly priority: number;
  /** Epoch ms. */
  readonly deadlineAtMs: number | null;
  /** 1 to 100. */
  readonly maxAttempts: number;
}

/** Answer to a submission. */
export interface Submitted {
  /** The task, new or the one that already had the key. */
  readonly task: TaskRecord;
  /** Whether this submission made it. */
  readonly created: boolean;
}

/** The right to write as one run of a task; a newer epoch ends it. */
export interface Lease {
  /** The task. */
  readonly taskId: string;
  /** Which run, from 1. */
  readonly run: number;
  /** Fencing number. */
  readonly epoch: number;
}

/** A task with the lease under which it runs. */
export interface ClaimedTask {
  /** The task as it was claimed. */
  readonly task: TaskRecord;
  /** What every later write shows. */
  readonly lease: Lease;
}

/** What a worker asks for. */
export interface ClaimRequest {
  /** Name of the worker's server. */
  readonly server: string;
  /** At most so many tasks. */
  readonly slots: number;
  /** Only these kinds; null for all. */
  readonly kinds: readonly string[] | null;
  /** How long the leases hold without a heartbeat, ms. */
  readonly leaseMs: number;
  /** Ends the waiting: the claim answers with no task. */
  readonly signal: AbortSignal;
}

/** A cancel that a holder has to obey. */
export interface CancelRequest {
  /** Whose. */
  readonly lease: Lease;
  /** Why. */
  readonly reason: string;
}

/** What became of the leases of a heartbeat. */
export interface HeartbeatReport {
  /** Renewed. */
  readonly kept: Lease[];
  /** No longer held: stop the work, its writes are refused. */
  readonly lost: Lease[];
  /** Held, but to be stopped. */
  readonly cancel: CancelRequest[];
}

/** What follows an error: another attempt, or the end. */
export type FailureSequel =
  | {
      /** Where the task goes. */
      readonly state: 'queued';
      /** When the next run may start, epoch ms. */
      readonly notBeforeMs: number;
    }
  | {
      /** Where the task goes. */
      readonly state: 'failed' | 'dead';
    };

/** Answer to a fenced end of a run. */
export interface Settlement {
  /** False: the lease was lost and nothing was written. The same call again gets the same answer. */
  readonly accepted: boolean;
  /** Where the task stands now. */
  readonly state: TaskState;
}

/** Whose leases are void besides the expired ones. */
export interface RecoverOptions {
  /** Leases taken under another id are void. */
  readonly daemonId?: string;
  /** Leases of this server are void: it has just started, or was seen to exit. */
  readonly server?: string;
}

/** What a recovery changed, in tasks. */
export interface RecoverReport {
  /** Put back to `ready`. */
  readonly recovered: number;
  /** `dead`: recoveries used up. */
  readonly dead: number;
  /** `failed`: deadline passed. */
  readonly failed: number;
  /** `cancelled`: the holder vanished before it could obey. */
  readonly cancelled: number;
}

/** Which events to follow. */
export interface SubscribeOptions {
  /** Events with a greater `seq`; 0 for all. */
  readonly after: number;
  /** Only those of this task. */
  readonly taskId?: string | undefined;
  /** Ends the iteration, without an error. */
  readonly signal: AbortSignal;
  /** Events read at a time. @defaultValue `500` */
  readonly limit?: number | undefined;
}

/** Answers inside a transaction whether its lease still holds; a write under the lease asks it first. */
export type Guard = (trx: Database) => Promise<boolean>;

/**
 * Carries tasks to workers. Every method that takes a {@link Lease} is fenced: it writes nothing unless the task is
 * `running` under the same epoch. `backendCases` of `@tale/tasks/testing` has a case for each clause.
 */
export interface ExecutionBackend {
  /** Stores tasks, all or none; idempotent per owner and key. Resolves after COMMIT. */
  enqueue(tasks: readonly TaskInput[]): Promise<Submitted[]>;
  /** Waits for at least one task and takes up to `slots` in the order of rank; never one that somebody holds. */
  claim(request: ClaimRequest): Promise<ClaimedTask[]>;
  /** Renews all leases at once. */
  heartbeat(leases: readonly Lease[], leaseMs: number): Promise<HeartbeatReport>;
  /** Which of the leases are to be stopped; reads only. */
  cancelRequests(leases: readonly Lease[]): Promise<CancelRequest[]>;
  /** The fence of a lease, for writes of other stores in the same database. */
  guard(lease: Lease): Guard;
  /** Ends a run with a result: `done`, or `cancelled` if a cancel was asked for. */
  complete(lease: Lease, result: string): Promise<Settlement>;
  /** Ends a run with an error; `cancelled` if a cancel was asked for. `result`: the part that is ready, kept if the task ends by it. */
  fail(lease: Lease, error: ErrorEnvelope, sequel: FailureSequel, result?: string | null): Promise<Settlement>;
  /** Gives a lease back unfinished: the task is `ready` again. */
  release(lease: Lease): Promise<Settlement>;
  /** Stores what a run reports; false if its lease was lost. */
  progress(lease: Lease, event: RunEvent): Promise<boolean>;
  /** Cancels a task that does not run, asks the holder of a running one, leaves an ended one as it is. */
  cancel(id: string, reason: string): Promise<TaskRecord>;
  /** Starts a new series of attempts of a failed or dead task. */
  retry(id: string): Promise<TaskRecord>;
  /** Puts lost leases and passed deadlines right. Idempotent; cheap where there is nothing to do. */
  recover(options?: RecoverOptions): Promise<RecoverReport>;
  /** Events in the order of commits, without gap or double; follows until the signal or the close. */
  subscribe(options: SubscribeOptions): AsyncIterable<TaskEvent>;
  /** Calls `listener` after own writes, nudges and, in case they are lost, from time to time (null). */
  watch(listener: (change: Nudge | null) => void): () => void;
  /** Tasks per state. */
  stats(): Promise<TaskCounts>;
  /** Ends waiting claims and subscriptions. Idempotent. */
  close(): Promise<void>;
}
