import type { EventEmitter } from 'node:events';
import type { Kysely } from 'kysely';

/** The caller's Kysely instance, or one of its transactions, whatever tables it is typed with. */
// biome-ignore lint/suspicious/noExplicitAny: Kysely is invariant in its tables, and these are the caller's.
export type Database = Kysely<any>;

/** A JSON value. */
export type JsonValue = string | number | boolean | null | readonly JsonValue[] | JsonObject;

/** A JSON object. */
export interface JsonObject {
  /** Any member. */
  readonly [key: string]: JsonValue;
}

/** Keys of objects and indexes of arrays, outermost first; `[]` is the whole state. */
export type Path = readonly (string | number)[];

/**
 * One change of a state.
 *
 * - `=` sets a member of an object or an element that an array has; with `[]` the whole state
 * - `-` takes a member out of an object
 * - `+` appends items to an array
 * - `~` at an index of an array, takes out a number of elements and puts in others
 * - `.` appends to a string
 */
export type Operation =
  | readonly ['=', Path, JsonValue]
  | readonly ['-', Path]
  | readonly ['+', Path, readonly JsonValue[]]
  | readonly ['~', Path, index: number, deleteCount: number, items: readonly JsonValue[]]
  | readonly ['.', Path, string];

/**
 * What a step changes: `ops` on the last state, or the whole new `state`, which is compared with the last one. The first state of a
 * thread is `{}`.
 */
export type Change =
  | {
      /** What is different. */
      readonly ops: readonly Operation[];
    }
  | {
      /** The whole new state. */
      readonly state: unknown;
    };

/** Runs writes in write transactions (`BEGIN IMMEDIATE`), several in one if it likes. */
export interface Writer {
  /**
   * Runs `write` inside a transaction and resolves with its result after COMMIT. A writer that commits in groups gives each write a
   * savepoint; a rejected write leaves nothing behind. Inside `write` only SQL may be awaited.
   */
  submit<Result>(write: (trx: Database) => Promise<Result>): Promise<Result>;
}

/** Time, so that tests need not wait. */
export interface Clock {
  /** Wall clock, epoch ms. */
  now(): number;
}

/** Whether a write may happen; runs in its transaction, before it, and may await SQL only. */
export type Guard = (trx: Database) => Promise<boolean>;

/** How large things may be, in bytes of JSON in UTF-8. */
export interface Limits {
  /**
   * One value.
   *
   * @defaultValue 16 MiB
   */
  readonly valueBytes?: number;
  /**
   * One step with all its operations and `meta`.
   *
   * @defaultValue 32 MiB
   */
  readonly stepBytes?: number;
  /**
   * The state of a thread.
   *
   * @defaultValue 256 MiB
   */
  readonly stateBytes?: number;
}

/** Options of an append. */
export interface AppendOptions {
  /** Asked in the same transaction before anything is written; `false` rejects the append with `lease-lost`. */
  readonly guard?: Guard;
  /**
   * Kept with the step, not part of the state.
   *
   * @defaultValue `null`
   */
  readonly meta?: JsonValue;
  /** A name to find the step by. */
  readonly label?: string;
  /** Takes the append back while it waits for earlier ones of this handle; once its transaction has begun it goes on. */
  readonly signal?: AbortSignal;
}

/** A written step. */
export interface Appended {
  /** Number of the step, from 1. */
  readonly step: number;
  /** Its sha256 in the chain, hex. */
  readonly hash: string;
}

/** The state after a step. */
export interface Checkpoint {
  /** Number of the step; lower than asked for where a later one is damaged. */
  readonly step: number;
  /** JSON, frozen, of objects without prototype; whoever knows its type checks or casts it. */
  readonly state: unknown;
  /** What was kept with the step. */
  readonly meta: JsonValue;
}

/** One step in a list. */
export interface StepInfo {
  /** Number of the step, from 1. */
  readonly step: number;
  /** When it was appended, epoch ms. */
  readonly atMs: number;
  /** What was kept with it. */
  readonly meta: JsonValue;
  /** Its names, sorted. */
  readonly labels: readonly string[];
  /** Size before compression. */
  readonly rawBytes: number;
  /** Its sha256 in the chain, hex. */
  readonly hash: string;
}

/** Which steps to list. */
export interface StepsOptions {
  /**
   * First step.
   *
   * @defaultValue 1
   */
  readonly from?: number;
  /** Last step; the head if left out. */
  readonly to?: number;
  /** Only steps of this name. */
  readonly label?: string;
}

/**
 * Why a step cannot be read: `missing` row, `chain` or `hash` does not fit, `body` does not decode, `operations` do not apply,
 * `head` of the thread does not fit the last row.
 */
export type DamageReason = 'missing' | 'chain' | 'hash' | 'body' | 'operations' | 'head';

/** A step that cannot be read. */
export interface Damage {
  /** Number of the step. */
  readonly step: number;
  /** What was seen. */
  readonly reason: DamageReason;
}

/** Result of reading every step of a thread. */
export interface Verification {
  /** Which thread. */
  readonly threadId: string;
  /** Number of its last step. */
  readonly head: number;
  /** Bad steps in their order; empty if the thread is whole. */
  readonly damaged: readonly Damage[];
  /** The last step whose state can be had, 0 if none. */
  readonly lastGoodStep: number;
}

/** A read had to fall back. */
export interface ThreadDamaged extends Damage {
  /** Which thread. */
  readonly threadId: string;
  /** The step that was read instead, 0 if none. */
  readonly lastGoodStep: number;
}

/** Events of a store. */
export interface CheckpointEvents {
  /** A read met a damaged step and fell back to an earlier one. */
  'thread-damaged': [ThreadDamaged];
}

/** The steps of one task or conversation. A handle does its appends one after the other, in the order of the calls. */
export interface Thread {
  /** Its id. */
  readonly id: string;
  /**
   * Adds a step; resolves after COMMIT. Where the last state was damaged the step holds the whole state, so that the thread is readable
   * again from there.
   *
   * @throws {@link CheckpointError} `invalid-operation`, `invalid-value`, `checkpoint-too-large`, `lease-lost`, `conflict`, `unknown-format`,
   * `storage-busy`, `storage-failed`; nothing is then written
   */
  append(change: Change, options?: AppendOptions): Promise<Appended>;
  /**
   * The state after `step`, or after the last one; `null` if the thread has no such step. A damaged step gives the last good one before
   * it, and the event `thread-damaged`.
   *
   * @throws {@link CheckpointError} `unknown-format`, `storage-failed`
   */
  load(step?: number): Promise<Checkpoint | null>;
  /** Lists steps, oldest first; damaged ones are left out. */
  steps(options?: StepsOptions): Promise<StepInfo[]>;
  /** Reads every step from the database and checks all hashes. */
  verify(): Promise<Verification>;
  /** Takes the thread away with everything in it; one that is not there is no error. */
  delete(): Promise<void>;
}

/** A store of checkpoints in the caller's database. */
export interface Checkpoints {
  /** What happens. */
  readonly events: EventEmitter<CheckpointEvents>;
  /**
   * A handle on a thread, which its first append makes. The handle keeps the last state in memory.
   *
   * @throws {@link CheckpointError} `invalid-id`
   */
  thread(id: string): Thread;
}

/** Options of `createCheckpoints`. */
export interface CheckpointsOptions {
  /** Database with the tables of `migrateCheckpoints`. */
  readonly kysely: Database;
  /** Runs the writes; a transaction for each if left out. */
  readonly writer?: Writer;
  /** Time of steps; the system's if left out. */
  readonly clock?: Clock;
  /** How large things may be. */
  readonly limits?: Limits;
}
