import type { CallEnd, JsonObject, Role, UsageSource } from '../calls.js';

/** One SQL statement with `?` for each parameter. */
export interface Statement {
  /** Text with `?` as placeholder; no `?` stands for anything else. */
  readonly sql: string;
  /** One value for each placeholder. */
  readonly parameters: readonly (string | number | null)[];
}

/** A row as the driver returns it. */
export type Row = Readonly<Record<string, unknown>>;

/** Statements to run one after the other: each yield is answered with its rows, the return value is the result. */
export type Script<Result> = Generator<Statement, Result, readonly Row[]>;

/** What the reads need of a better-sqlite3 handle; a read-only one is enough. */
export interface SqliteReader {
  /** Compiles a statement. */
  prepare(sql: string): {
    /** Runs it and returns all rows. */
    all(...parameters: unknown[]): unknown[];
  };
}

/** What a report can be broken down by. At most one of `hour`, `day`, `week` and `month` at a time. */
export type ReportDimension = 'hour' | 'day' | 'week' | 'month' | 'model' | 'role' | 'task' | 'project';

/** What to report. */
export interface ReportOptions {
  /** One breakdown, or several at once. */
  by: ReportDimension | readonly ReportDimension[];
  /** Calls started at or after this, epoch ms. @defaultValue the first call */
  sinceMs?: number;
  /** Calls started before this, epoch ms. @defaultValue none left out */
  untilMs?: number;
  /** Only calls of this task. */
  taskId?: string;
  /** Only calls of this conversation. */
  conversationId?: string;
  /** IANA zone whose hours, days, weeks (from Monday) and months are meant. @defaultValue the zone of this machine */
  timeZone?: string;
}

/** Sums over calls that have ended. */
export interface Counts {
  /** Attempts, also failed, aborted, lost and refused ones. */
  calls: number;
  /** Attempts that failed or were lost; aborted and refused ones are none. */
  errors: number;
  /** Input tokens, cached ones included. */
  inputTokens: number;
  /** Output tokens, reasoning included. */
  outputTokens: number;
  /** Input tokens read from a cache, as far as known; `null` when known of no call. */
  cacheReadTokens: number | null;
  /** Number of calls of which `cacheReadTokens` is known. */
  cacheReadCalls: number;
  /** Input tokens written to a cache, as far as known; `null` when known of no call. */
  cacheWriteTokens: number | null;
  /** Number of calls of which `cacheWriteTokens` is known. */
  cacheWriteCalls: number;
  /** Reasoning tokens, as far as known; `null` when known of no call. */
  reasoningTokens: number | null;
  /** Number of calls of which `reasoningTokens` is known. */
  reasoningCalls: number;
  /** Sum of the calls' durations in ms. */
  durationMs: number;
  /** The weakest source of any number in the sums. */
  source: UsageSource;
}

/** One line of a report. */
export interface ReportRow extends Counts {
  /**
   * Values of the breakdown: `hour` 2027-01-31T13:00+01:00, `day` and `week` (its Monday) 2027-01-31, `month` 2027-01; the others
   * by name or id, `null` for calls of no task.
   */
  group: Readonly<Partial<Record<ReportDimension, string | null>>>;
}

/** Answer to a report. */
export interface Report {
  /** Periods in order of time; within one, the most tokens first. */
  rows: ReportRow[];
  /** Sums over all rows. */
  totals: Counts;
  /** Records that this tracker could not store; `null` (unknown) until it has begun or recorded a call, and where only the file was read. */
  droppedRecords: number | null;
}

/** Tokens of one model in one role within a task. */
export interface TaskModelUsage {
  /** Name of the model. */
  model: string;
  /** Role of the model. */
  role: Role;
  /** Input tokens, cached ones included. */
  inputTokens: number;
  /** Output tokens. */
  outputTokens: number;
  /** Attempts. */
  calls: number;
}

/** Tokens of one task so far. */
export interface TaskUsage {
  /** Input tokens, cached ones included. */
  inputTokens: number;
  /** Output tokens. */
  outputTokens: number;
  /** Attempts that have ended. */
  calls: number;
  /** The weakest source of the numbers; `reported` for a task without calls. */
  source: UsageSource;
  /** The same by model and role, most tokens first. */
  byModel: TaskModelUsage[];
}

/** One stored call. Unknown is `null`. */
export interface CallRecord {
  /** Id of the attempt. */
  callId: string;
  /** Id shared by retries and fallbacks. */
  requestId: string | null;
  /** Which attempt, from 1. */
  attempt: number | null;
  /** Epoch ms at which it entered its lane. */
  startedAtMs: number;
  /** Epoch ms of its end. */
  endedAtMs: number | null;
  /** Position in the order of settling; `null` while open. */
  settleSeq: number | null;
  /** Process that began it. */
  processId: string | null;
  /** Task it belongs to. */
  taskId: string | null;
  /** Step it belongs to. */
  stepId: string | null;
  /** Conversation it belongs to. */
  conversationId: string | null;
  /** Person it belongs to. */
  userId: string | null;
  /** Project that pays. */
  project: string;
  /** Name of the backend. */
  backend: string | null;
  /** Kind of the backend. */
  provider: string;
  /** Name of the model. */
  model: string;
  /** First 12 hex digits of the model's digest. */
  modelDigest: string | null;
  /** Role of the model. */
  role: Role;
  /** Kind of request. */
  operation: string | null;
  /** `open` until it is settled; `lost` when its process ended before. */
  status: CallEnd['status'] | 'open' | 'lost';
  /** Code of the failure. */
  errorCode: string | null;
  /** Why the model stopped. */
  finishReason: string | null;
  /** Where the numbers come from. */
  source: UsageSource;
  /** Input tokens, cached ones included; `null` while open. */
  inputTokens: number | null;
  /** Output tokens; the last progress while open. */
  outputTokens: number | null;
  /** Input tokens read from a cache. */
  cacheReadTokens: number | null;
  /** Input tokens written to a cache. */
  cacheWriteTokens: number | null;
  /** Reasoning tokens. */
  reasoningTokens: number | null;
  /** Input tokens expected before the call. */
  estimatedInputTokens: number | null;
  /** Lane to end. */
  durationMs: number | null;
  /** Waiting in the lane. */
  queueMs: number | null;
  /** Loading the model. */
  loadMs: number | null;
  /** Until the first token. */
  ttftMs: number | null;
  /** Reading the prompt. */
  prefillMs: number | null;
  /** Writing the answer. */
  decodeMs: number | null;
  /** Purpose, run, fallback, and in `badUsage` the counts that were refused. */
  meta: JsonObject | null;
}

/** Which calls to list. */
export interface CallsOptions {
  /** Only calls of this task. */
  taskId?: string;
  /** At most so many, 1 to 10,000. @defaultValue 50 */
  limit?: number;
}
