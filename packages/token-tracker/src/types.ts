import type { EventEmitter } from 'node:events';
import type { Kysely } from 'kysely';
import type { CallEnd, CallGate, Role } from './calls.js';
import type { CallRecord, CallsOptions, Report, ReportOptions, TaskUsage } from './queries/types.js';

/** Time, so that tests need not wait. */
export interface Clock {
  /** Wall clock, epoch ms. */
  now(): number;
  /** Clock that only moves forward, ms, with one origin for all processes of this machine; for heartbeats and pauses. */
  monotonic(): number;
  /** Calls `callback` after `delayMs` without keeping the process alive. Returns a function that takes it back. */
  after(delayMs: number, callback: () => void): () => void;
}

/** Where the tracker says what went wrong. */
export interface Logger {
  /** Detail for developers. */
  debug(fields: object, message: string): void;
  /** Normal operation. */
  info(fields: object, message: string): void;
  /** Something that the tracker has worked around. */
  warn(fields: object, message: string): void;
  /** Something lost. */
  error(fields: object, message: string): void;
}

/** What a {@link Writer} hands to a write: the caller's Kysely instance inside a transaction, whatever tables it is typed with. */
// biome-ignore lint/suspicious/noExplicitAny: Kysely is invariant in its tables, and these are the caller's.
export type AnyKysely = Kysely<any>;

/** Runs writes in write transactions (`BEGIN IMMEDIATE`), several in one if it likes. */
export interface Writer {
  /**
   * Runs `write` inside a transaction and resolves with its result after COMMIT. A writer that commits in groups gives each write a
   * savepoint; a rejected write leaves nothing behind. Inside `write` only SQL may be awaited.
   */
  submit<Result>(write: (transaction: AnyKysely) => Promise<Result>): Promise<Result>;
}

/**
 * A better-sqlite3 handle, as far as the hot path needs it. It should be the tracker's own, opened with a `timeout` of at most 20 ms: its busy
 * wait blocks the process, also a transaction of this process that it may be waiting for. The tracker itself waits further without blocking.
 */
export interface SqliteHandle {
  /** True while a transaction is open on the handle. */
  readonly inTransaction: boolean;
  /** Compiles a statement. */
  prepare(sql: string): SqliteStatement;
}

/** A prepared statement of a {@link SqliteHandle}. */
export interface SqliteStatement {
  /** Whether it returns rows. */
  readonly reader: boolean;
  /** Runs it. */
  run(...parameters: unknown[]): unknown;
  /** Runs it and returns all rows. */
  all(...parameters: unknown[]): unknown[];
}

/** Options of a tracker. */
export interface TokenTrackerOptions {
  /** Instance on the database that {@link migrateTokens} prepared; for reads, and for writes where neither `sqlite` nor `writer` is given. */
  kysely: AnyKysely;
  /** better-sqlite3 handle of the tracker's own on the same file: begin and settle become prepared statements. */
  sqlite?: SqliteHandle;
  /** Writer that the process shares between its libraries. Not used when `sqlite` is given. @defaultValue one transaction per write */
  writer?: Writer;
  /** Time. @defaultValue the system's */
  clock?: Clock;
  /** Makes the `processId`. @defaultValue ULIDs */
  createId?: () => string;
  /** Where failures of the store are told. @defaultValue nowhere */
  logger?: Logger;
  /** Name of this process among all that write to the file; never used again by another process. @defaultValue a new id */
  processId?: string;
  /**
   * What `begin` does when its row cannot be stored: `open` lets the call happen and keeps the record in memory, `closed` refuses the
   * call with `store-failed`. @defaultValue 'open'
   */
  onStoreError?: 'open' | 'closed';
}

/** Events of a tracker and their arguments. */
export interface TokenTrackerEvents {
  /** A call has been counted; `usage` is what was counted. Raised after the commit. */
  'call-settled': [call: CallEnd];
  /** A record is lost: memory was full, the row was impossible, or the tracker closed before it could be stored. */
  'record-dropped': [record: DroppedRecord];
}

/** A record that could not be stored. */
export interface DroppedRecord {
  /** Which call. */
  callId: string;
  /** Why: more records waited than memory keeps, the store refuses the row itself, or the tracker closed while the store failed. */
  reason: 'overflow' | 'invalid' | 'closed';
  /** Records dropped by this process so far, this one included. */
  count: number;
}

/** How a task ended. */
export interface TaskEnd {
  /** Kind of the task. */
  kind: string;
  /** Its final state. */
  outcome: 'done' | 'failed' | 'cancelled' | 'dead';
}

/** Sums of one model in one role over a task; the token half of a learned outcome. */
export interface TaskModelSums {
  /** Name of the model. */
  model: string;
  /** First 12 hex digits of the model's digest. */
  modelDigest: string | null;
  /** Role of the model. */
  role: Role;
  /** Input tokens, cached ones included. */
  inputTokens: number;
  /** Output tokens. */
  outputTokens: number;
  /** Attempts. */
  calls: number;
  /** Sum of their durations in ms. */
  durationMs: number;
}

/** What a recovery did. */
export interface Recovery {
  /** Processes that were found ended. */
  processes: number;
  /** Open calls that became `lost`. */
  calls: number;
}

/** A sum that does not agree with the calls it is made of. */
export interface Difference {
  /** Table with the sum. */
  table: 'tokens_rollup' | 'tokens_tasks';
  /** Its key. */
  key: Readonly<Record<string, string | number>>;
  /** Calls minus sum, for each column that differs. */
  off: Readonly<Record<string, number>>;
}

/** A call whose row is not what was stored. */
export interface DamagedCall {
  /** Which call. */
  callId: string;
}

/** What a verification found. */
export interface Verification {
  /** True when nothing was found. */
  ok: boolean;
  /** Calls looked at. */
  calls: number;
  /** Calls still open. */
  open: number;
  /** Sums that differ from their calls. */
  differences: Difference[];
  /** Calls whose stored row does not match its check sum. */
  damaged: DamagedCall[];
}

/** Lets a caller give up an operation. */
export interface AbortOptions {
  /** Stops before the next statement and rejects with the signal's reason; a statement in flight goes on. */
  signal?: AbortSignal;
}

/** Records model calls and answers what they used. It is itself the `gate` of a model pool. */
export interface TokenTracker extends CallGate, AsyncDisposable {
  /** Emitter of {@link TokenTrackerEvents}. */
  readonly events: EventEmitter<TokenTrackerEvents>;
  /** Name of this process in the rows it writes. */
  readonly processId: string;
  /** Counts a call that was observed, not begun here; the same id counts once. Never rejects. */
  record(end: CallEnd): Promise<void>;
  /**
   * Notes how a task ended, and returns its sums by model and role, most tokens first. The last word stays.
   *
   * @throws {@link TokenTrackerError} `store-failed`, `closed`
   */
  endTask(taskId: string, end: TaskEnd): Promise<TaskModelSums[]>;
  /**
   * Closes the open calls of processes that have ended or have not been seen for 30 s: status `lost`, input as estimated, output as last
   * told. Call it at start-up and every 30 s. A process that was only stopped settles later by the difference.
   *
   * @throws {@link TokenTrackerError} `store-failed`, `closed`
   */
  recover(options?: AbortOptions): Promise<Recovery>;
  /**
   * Sums by period, model, role, task or project, of calls that have ended.
   *
   * @throws {@link TokenTrackerError} `invalid-argument`, `store-failed`, `closed`
   */
  report(options: ReportOptions & AbortOptions): Promise<Report>;
  /**
   * Tokens of a task so far; zeros for a task without calls.
   *
   * @throws {@link TokenTrackerError} `store-failed`, `closed`
   */
  taskUsage(taskId: string, options?: AbortOptions): Promise<TaskUsage>;
  /**
   * Tokens of several tasks in one query; the map has an entry for every id.
   *
   * @throws {@link TokenTrackerError} `store-failed`, `closed`
   */
  taskUsages(taskIds: readonly string[], options?: AbortOptions): Promise<Map<string, TaskUsage>>;
  /**
   * Stored calls, newest first, open ones included.
   *
   * @throws {@link TokenTrackerError} `invalid-argument`, `store-failed`, `closed`
   */
  calls(options?: CallsOptions & AbortOptions): Promise<CallRecord[]>;
  /**
   * Proves that rollup and task sums equal their calls, and each call its check sum. Reads every row.
   *
   * @throws {@link TokenTrackerError} `store-failed`, `closed`
   */
  verify(options?: AbortOptions): Promise<Verification>;
  /** Stores what still waits in memory and stops the heartbeat. Later calls but `settle` and `record` reject with `closed`. Never rejects. */
  close(): Promise<void>;
}
