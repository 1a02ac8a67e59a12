import type { Kysely } from 'kysely';

/** A Kysely instance of the caller, whatever tables it knows. */
// biome-ignore lint/suspicious/noExplicitAny: Kysely is invariant in its tables, and these are the caller's.
export type Database = Kysely<any>;

/** A JSON value. */
export type JsonValue = null | boolean | number | string | JsonValue[] | JsonObject;

/** A JSON object. */
export interface JsonObject {
  [key: string]: JsonValue;
}

/** How a task, a step or a run ends for good. `dead`: its attempts or recoveries are used up. */
export type EndState = 'done' | 'failed' | 'cancelled' | 'dead';

/**
 * `queued`: accepted and waiting for an instant; `ready`: may be claimed; `running`: somebody holds its lease;
 * `waiting`: parked without a lease; the others are final.
 */
export type TaskState = 'queued' | 'ready' | 'running' | 'waiting' | EndState;

/** An error as it is stored and sent. */
export interface ErrorEnvelope {
  /** Kebab-case fact: which failure. */
  readonly code: string;
  /** What happened, for people. */
  readonly message: string;
  /** What to do about it. */
  readonly hint: string | null;
  /** Who failed: the name of a server, or `mcp:<name>`. */
  readonly source: string;
  /** Whether another try can succeed without a change by anybody. */
  readonly retryable: boolean;
  /** How long to wait before another try, in ms. */
  readonly retryAfterMs: number | null;
  /** Further facts. */
  readonly details: JsonObject;
}

/** A task without its payload and result, which may be large: what lists hold. */
export interface TaskSummary {
  /** ULID. */
  readonly id: string;
  /** Idempotency key of the submitter. */
  readonly key: string | null;
  /** Whose task it is; keys are unique per owner. */
  readonly owner: string | null;
  /** Which sort of work; workers may take some kinds only. */
  readonly kind: string;
  /** One line for people. */
  readonly title: string;
  /** 0 to 9; 9 is the most urgent. */
  readonly priority: number;
  /** Where the task stands. */
  readonly state: TaskState;
  /** Why it stands there: `backoff`, `lease-lost`, `resumed`, the reason of a cancel, or the code of an error. */
  readonly reason: string | null;
  /** Reason of a cancel that was asked for; set while the task still runs. */
  readonly cancelReason: string | null;
  /** Number of the present or next attempt, from 1; attempts end by an error of the handler. */
  readonly attempt: number;
  /** Attempts after which a retryable error is final. */
  readonly maxAttempts: number;
  /** How often a lease was lost in this series of attempts. */
  readonly recoveries: number;
  /** How many runs were started. */
  readonly runs: number;
  /** Fencing number of the last lease. */
  readonly epoch: number;
  /** Epoch ms. */
  readonly createdAtMs: number;
  /** Start of the first run, epoch ms. */
  readonly startedAtMs: number | null;
  /** When the final state was reached, epoch ms. */
  readonly endedAtMs: number | null;
  /** Not to be run before, epoch ms. */
  readonly notBeforeMs: number | null;
  /** When the task fails unless it has ended, epoch ms. */
  readonly deadlineAtMs: number | null;
  /** Step the last run reported. */
  readonly step: number | null;
  /** Steps the last run reported. */
  readonly steps: number | null;
  /** 0 to 100, as the last run reported. */
  readonly percent: number | null;
  /** Time left as the last run reported, ms. */
  readonly etaMs: number | null;
  /** Message the last run reported. */
  readonly message: string | null;
  /** The final error. */
  readonly error: ErrorEnvelope | null;
}

/** A task with everything that is stored of it. */
export interface TaskRecord extends TaskSummary {
  /** What was submitted. */
  readonly payload: JsonValue;
  /** Text of the result; of a task that was cancelled, or failed by its deadline, the part that was ready. */
  readonly result: string | null;
}

/** One attempt at a task, from its claim to the end of its lease. */
export interface TaskRun {
  /** What was submitted. */
  readonly taskId: string;
  /** The node that ran; of a task of one step the same as `taskId`. */
  readonly stepId: string;
  /** From 1. */
  readonly run: number;
  /** Name of the server that held the lease. */
  readonly server: string;
  /** Fencing number of the lease. */
  readonly epoch: number;
  /** Epoch ms. */
  readonly startedAtMs: number;
  /** Epoch ms; null while it runs. */
  readonly endedAtMs: number | null;
  /** `lease-lost`: the lease ended before the work: expired, voided or given back. Null while it runs. */
  readonly end: EndState | 'lease-lost' | null;
  /** Error of this run. */
  readonly error: ErrorEnvelope | null;
}

/** What a caller submits. */
export interface TaskSubmission {
  /** Which sort of work, 1 to 100 characters. */
  readonly kind: string;
  /** One line for people, up to 500 characters. */
  readonly title: string;
  /** Any JSON value; handed to the handler as it is. */
  readonly payload: JsonValue;
  /** 0 to 9, 9 most urgent. @defaultValue `5` */
  readonly priority?: number;
  /** Epoch ms at which the task fails unless it has ended. @defaultValue `null` */
  readonly deadlineAtMs?: number | null;
  /** Attempts after which a retryable error is final, 1 to 100. @defaultValue `3` */
  readonly maxAttempts?: number;
  /** Whose task it is, 1 to 200 characters. @defaultValue none */
  readonly owner?: string;
}

/** Which tasks to list. */
export interface ListOptions {
  /** Only tasks in these states. @defaultValue all */
  readonly states?: readonly TaskState[];
  /** Only tasks created at or after this instant, epoch ms. */
  readonly sinceMs?: number;
  /** Only tasks whose title holds all these words; ASCII letters match in either case. */
  readonly search?: string;
  /** At most so many, 1 to 1,000. */
  readonly limit: number;
  /** `next` of the page before. */
  readonly cursor?: string;
}

/** A page of tasks, newest first. */
export interface TaskPage {
  /** The tasks of this page. */
  readonly tasks: TaskSummary[];
  /** Cursor of the following page; null after the last. */
  readonly next: string | null;
}

/** Tasks that an abbreviated id may mean. */
export interface TaskMatch {
  /** Which rule matched: the first of them that finds a task counts. */
  readonly kind: 'exact' | 'prefix' | 'suffix' | 'none';
  /** At most 11, newest first: ten to show and one that says there are more. */
  readonly tasks: TaskSummary[];
  /** Where nothing matched: at most 3 tasks whose id is near to the text. */
  readonly suggestions: TaskSummary[];
}

/** How many tasks are in each state. */
export type TaskCounts = Record<TaskState, number>;

/** Runs a write in a write transaction. Inside `write` only SQL may be awaited. */
export interface Writer {
  /** Resolves after COMMIT with what `write` returned; if `write` rejects, nothing of it is stored. */
  submit<Result>(write: (trx: Database) => Promise<Result>): Promise<Result>;
}

/** The wall clock. */
export interface Clock {
  /** Epoch ms. */
  now(): number;
}

/** The clock of leases: it never jumps and is the same in all processes of one machine. */
export interface LeaseClock {
  /** Ms since some instant before the processes started. */
  now(): number;
  /** Which start of the machine `now` counts from: leases of another one are void. */
  readonly bootId: string;
}

/** Says that something was committed which another process may be waiting for. */
export interface Nudge {
  /** `ready`: a task may be claimed; `cancel`: a running one is to stop; `answer`: an approval; `event`: anything else. */
  readonly reason: 'ready' | 'cancel' | 'answer' | 'event';
  /** Which task. */
  readonly taskId: string;
}

/** Carries nudges between processes. Losing one costs at most the sweep of a second. */
export interface NudgePort {
  /** Called after COMMIT. Failures are logged and otherwise ignored. */
  send(nudge: Nudge): void | Promise<void>;
  /** Calls `listener` for the nudges of other processes; returns a function that ends it. */
  on(listener: (nudge: Nudge) => void): () => void;
}

/** Where messages for the operator go. */
export interface Logger {
  /** For developers. */
  debug(fields: object, message: string): void;
  /** For operators. */
  info(fields: object, message: string): void;
  /** Something that heals by itself. */
  warn(fields: object, message: string): void;
  /** Something that does not. */
  error(fields: object, message: string): void;
}
