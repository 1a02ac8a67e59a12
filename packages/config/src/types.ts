import type { $ZodType } from 'zod/v4/core';
import type { ConfigErrorCode } from './errors.js';

/** A JSON value. */
export type JsonValue = string | number | boolean | null | readonly JsonValue[] | JsonObject;

/** A JSON object. */
export interface JsonObject {
  /** Any member. */
  readonly [key: string]: JsonValue;
}

/** `Value` with everything inside it read-only. */
export type DeepReadonly<Value> = Value extends (...args: never[]) => unknown
  ? Value
  : Value extends object
    ? { readonly [Key in keyof Value]: DeepReadonly<Value[Key]> }
    : Value;

/** Where a value comes from, weakest first. */
export type Layer = 'default' | 'system' | 'user' | 'project' | 'env' | 'flag';

/**
 * What a schema says about a key beside its type: `schema.meta({ env: 'TALE_PORT' })`, or with `zod/mini`
 * `schema.check(z.meta({ … }))`. On an object it holds for every key below.
 */
export interface KeyMeta {
  /** Name of the environment variable; derived from the key if left out (`server.maxJobs` → `TALE_SERVER_MAX_JOBS`). */
  readonly env?: string;
  /** `always`: a project file may set the key. Left out: what a project file says about it is ignored. */
  readonly project?: 'always';
}

/** Folders of a program for one user. */
export interface Folders {
  /** Files that people write. */
  readonly config: string;
  /** What the program must not lose. */
  readonly data: string;
  /** Logs, history, what can be missed. */
  readonly state: string;
  /** What can be made again. */
  readonly cache: string;
  /** Machine-wide configuration; left out where one folder holds everything. */
  readonly system?: string;
}

/** Something wrong in one layer. */
export interface Problem {
  /** What kind. */
  readonly code: ConfigErrorCode;
  /** The key concerned, `null` for the whole file. */
  readonly key: string | null;
  /** Where it was found. */
  readonly layer: Layer;
  /** Its file, `null` for variables and flags. */
  readonly file: string | null;
  /** Line in the file, from 1. */
  readonly line: number | null;
  /** Column in the line, from 1, in UTF-16 units. */
  readonly column: number | null;
  /** Its environment variable, `null` for files and flags. */
  readonly variable: string | null;
  /** One sentence for people, without the place. */
  readonly message: string;
  /** What was probably meant. */
  readonly suggestion: string | null;
}

/** A value that a stronger layer hides. */
export interface HiddenValue {
  /** The weaker layer. */
  readonly layer: Layer;
  /** What it says. */
  readonly value: JsonValue;
  /** Its file. */
  readonly file: string | null;
  /** Line in the file, from 1. */
  readonly line: number | null;
}

/** A layer that speaks about a key but is not listened to. */
export interface IgnoredValue {
  /** The layer. */
  readonly layer: Layer;
  /** Why. */
  readonly reason: 'never-from-project';
}

/** Why a key has its value. */
export interface Explanation {
  /** The key in its canonical spelling. */
  readonly key: string;
  /** The value as it was written; `null` if no layer has one. */
  readonly value: JsonValue;
  /** The strongest layer that has one. */
  readonly layer: Layer;
  /** The file it stands in. */
  readonly file: string | null;
  /** Line in the file, from 1. */
  readonly line: number | null;
  /** The environment variable that gave it. */
  readonly variable: string | null;
  /** Weaker values, strongest first. */
  readonly hides: readonly HiddenValue[];
  /** What was not listened to. */
  readonly ignored: readonly IgnoredValue[];
}

/** What a change did. */
export interface ChangeReport {
  /** Revision of the configuration after the change. */
  readonly revision: number;
  /** The file that holds the key. */
  readonly written: string;
  /** The changed key, or nothing if the file said so already. */
  readonly changes: readonly {
    /** The key in its canonical spelling. */
    readonly key: string;
    /** A stronger layer whose value still wins. */
    readonly hiddenBy: Layer | null;
  }[];
}

/** Options of a change. */
export interface ChangeOptions {
  /** Ends the wait for the lock; the file is then unchanged. After the write has begun it has no effect. */
  readonly signal?: AbortSignal;
}

/** An opened configuration. */
export interface Config<Values> extends AsyncDisposable {
  /** 1 at first, one more with each change. */
  readonly revision: number;
  /** The effective values, frozen; a change makes new ones. */
  readonly values: DeepReadonly<Values>;
  /** What is wrong but does not stop anything: keys that a project file may not set. */
  readonly problems: readonly Problem[];
  /**
   * Why `key` has its value. A key is written with dots; names with other characters than letters, digits, `_` and `-`
   * stand in brackets: `prices["qwen2.5:7b"].input`.
   *
   * @throws {@link ConfigError} `unknown-key`, `closed`
   */
  explain(key: string): Explanation;
  /**
   * Writes `key` into the user's file: the smallest change of its text, under a lock, atomically; comments stay. A value that the
   * schema refuses changes nothing. `null` is {@link Config.unset}.
   *
   * @throws {@link ConfigError} `unknown-key`, `wrong-type`, `out-of-range`, `syntax`, `unsafe-file`, `not-writable`, `conflict`, `closed`
   */
  set(key: string, value: JsonValue, options?: ChangeOptions): Promise<ChangeReport>;
  /**
   * Takes `key` out of the user's file, so that a weaker layer is seen.
   *
   * @throws {@link ConfigError} as {@link Config.set}
   */
  unset(key: string, options?: ChangeOptions): Promise<ChangeReport>;
  /** Waits for changes in progress; later calls but this one fail with `closed`. */
  close(): Promise<void>;
}

/** Options of `openConfig`. */
export interface ConfigOptions<Schema extends $ZodType> {
  /**
   * An object schema of zod or zod/mini. Objects without their own default are filled in, so defaults on the leaves suffice. Keys
   * that it does not name are refused, except in records and loose objects.
   */
  readonly schema: Schema;
  /** Name of the program: prefix of its variables in upper case, and of the project's folder after a dot. */
  readonly name: string;
  /** Where the files `config.jsonc` of user and machine are. */
  readonly folders: Pick<Folders, 'config' | 'system'>;
  /** Folder of the project; its file is `.<name>/config.jsonc`. */
  readonly project?: string;
  /**
   * Variables to read. An empty one counts as not set.
   *
   * @defaultValue `process.env`
   */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Values of the command line, in the shape of the schema. */
  readonly flags?: JsonObject;
  /** Ends reading. */
  readonly signal?: AbortSignal;
}
