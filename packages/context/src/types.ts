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

/** Runs writes in write transactions (`BEGIN IMMEDIATE` on SQLite), several in one if it likes. */
export interface Writer {
  /**
   * Runs `write` inside a transaction and resolves with its result after COMMIT. A writer that commits in groups gives each write a
   * savepoint; a rejected write leaves nothing behind. Inside `write` only SQL may be awaited.
   */
  submit<Result>(write: (trx: Database) => Promise<Result>): Promise<Result>;
}

/** A statement that better-sqlite3 has prepared. */
export interface SqliteStatement {
  /** Whether it gives rows. */
  readonly reader: boolean;
  /** Its rows. */
  all(...parameters: readonly unknown[]): unknown[];
  /** Runs it. */
  run(...parameters: readonly unknown[]): unknown;
}

/** A better-sqlite3 database, as far as this package uses it. */
export interface SqliteHandle {
  /** Whether a transaction is open. */
  readonly inTransaction: boolean;
  /** Prepares a statement. */
  prepare(text: string): SqliteStatement;
}

/** Time and timers, so that tests need not wait. */
export interface Clock {
  /** Wall clock, epoch ms. */
  now(): number;
  /** Calls `callback` once after `delayMs`; returns a function that takes the timer back. The timer keeps no process alive. */
  after(delayMs: number, callback: () => void): () => void;
}

/** Where the package says what it could not do; a pino logger fits. */
export interface Logger {
  /** Details for whoever looks for a fault. */
  debug(facts: object, message: string): void;
  /** What an operator may want to know. */
  info(facts: object, message: string): void;
  /** Something failed and was made up for. */
  warn(facts: object, message: string): void;
  /** Something failed. */
  error(facts: object, message: string): void;
}

/** Options of every asynchronous call. */
export interface CallOptions {
  /** Rejects the call with the signal's reason before its next statement; a transaction that is committing goes on. */
  readonly signal?: AbortSignal | undefined;
}

/** Who says a message; `tool` answers a call of the assistant. */
export type MessageRole = 'system' | 'user' | 'assistant' | 'tool';

/** A call of a tool that the assistant asked for. */
export interface ToolCall {
  /** Joins it with the message that answers it. */
  readonly id: string;
  /** Name of the tool. */
  readonly name: string;
  /** Its arguments as JSON. */
  readonly arguments: JsonObject;
}

/** One message as a model gets it. */
export interface ModelMessage {
  /** Who says it. */
  readonly role: MessageRole;
  /** What is said. */
  readonly content: string;
  /** Calls that the assistant asked for. */
  readonly toolCalls?: readonly ToolCall[] | undefined;
  /** Which call a message of a tool answers. */
  readonly toolCallId?: string | undefined;
  /** Name of the tool that answers. */
  readonly toolName?: string | undefined;
}

/** A model and the window that its server gives it. */
export interface ModelWindow {
  /** Name that `window.fit` is called with. */
  readonly model: string;
  /**
   * What the stored counts belong to: the digest of the model, or the name of its tokenizer; its name if left out. A new digest starts
   * with no learnt margin.
   */
  readonly digest?: string | undefined;
  /** What the server was given, never what the model could, in tokens. */
  readonly contextTokens: number;
  /** Most tokens of an answer, if the server limits them. */
  readonly maxOutputTokens?: number | undefined;
  /** Whether `countTokens` gives exact counts for this model. */
  readonly countsExactly: boolean;
  /** What it is used for. */
  readonly role: 'ux' | 'planning';
}

/** Counts a prompt with the server's own tokenizer, template included; resolves with `null` where it cannot. */
export type CountTokens = (
  input: {
    /** Which model. */
    readonly model: string;
    /** The prompt. */
    readonly messages: readonly ModelMessage[];
    /** Schemas of tools in the prompt. */
    readonly tools?: readonly unknown[] | undefined;
  },
  options: CallOptions,
) => Promise<number | null>;

/** Lets a small model write a text. */
export type Generate = (
  input: {
    /** What the text is for. */
    readonly purpose: 'summary' | 'memory' | 'title';
    /** The prompt. */
    readonly messages: readonly ModelMessage[];
    /** Most tokens of the answer. */
    readonly maxTokens: number;
    /** JSON schema of the answer, where one is asked for. */
    readonly format?: object | undefined;
  },
  options: {
    /** Stops the call. */
    readonly signal: AbortSignal;
  },
) => Promise<{
  /** What the model wrote. */
  readonly text: string;
  /** `false` where it was cut off. */
  readonly complete: boolean;
}>;

/** Turns texts into vectors, for recall. */
export interface Embed {
  /** Name and version; vectors of another id are not compared. */
  readonly id: string;
  /** Length of a vector. */
  readonly dimensions: number;
  /** One vector per text. */
  embed(texts: readonly string[], options: CallOptions): Promise<Float32Array[]>;
}

/** What is known of a task. */
export interface TaskFact {
  /** Its id. */
  readonly id: string;
  /** Its title. */
  readonly title: string;
  /** Where it stands, as the task store names it. */
  readonly state: string;
  /** Number of the step that runs, from 1; `null` if unknown. */
  readonly step: number | null;
  /** Number of steps, `null` if unknown. */
  readonly steps: number | null;
  /** How much is done, 0 to 100, `null` if unknown. */
  readonly percent: number | null;
  /** Expected rest, ms, `null` if unknown. */
  readonly etaMs: number | null;
  /** Last change, epoch ms. */
  readonly updatedAtMs: number;
  /** Why it failed, `null` if it did not. */
  readonly error: string | null;
}

/** Reads tasks of the program that holds them, newest first. */
export type TaskFacts = (query: {
  /** Only these. */
  readonly ids?: readonly string[] | undefined;
  /** Only tasks whose id starts so. */
  readonly idPrefix?: string | undefined;
  /** Only tasks of this conversation. */
  readonly conversationId?: string | undefined;
  /** Only tasks that have not ended. */
  readonly open?: boolean | undefined;
}) => Promise<readonly TaskFact[]>;

/** A pattern of secrets; what it matches is stored as `[secret: kind]`. */
export interface SecretPattern {
  /** Name of the kind, as it is shown. */
  readonly kind: string;
  /** What to take out; needs the flag `g`. */
  readonly pattern: RegExp;
}

/** How large things may be. */
export interface ContextLimits {
  /**
   * One message, in characters.
   *
   * @defaultValue 1 000 000
   */
  readonly messageCharacters?: number | undefined;
  /**
   * Messages of one conversation.
   *
   * @defaultValue 1 000 000
   */
  readonly conversationMessages?: number | undefined;
  /**
   * An import, in bytes of UTF-8.
   *
   * @defaultValue 536 870 912
   */
  readonly importBytes?: number | undefined;
}
