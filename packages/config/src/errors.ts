import type { Problem } from './types.js';

/**
 * Failures of this package; the list is closed.
 *
 * - `syntax`: not JSON with comments, not UTF-8, or nested deeper than 64
 * - `duplicate-key`: a key stands twice in one object
 * - `unknown-key`: the schema has no such key
 * - `wrong-type`, `out-of-range`: the value does not fit the schema
 * - `untrusted`: a project file sets a key that projects may not set (a warning; the value is ignored)
 * - `unsafe-file`: a file or folder is a link, of another user, writable by others, unreadable, not a regular file or too large
 * - `not-writable`: a file or folder could not be written; `cause` has the error of the system
 * - `conflict`: another process holds the lock or changed the file meanwhile
 * - `closed`: the configuration was closed
 */
export type ConfigErrorCode =
  | 'syntax'
  | 'duplicate-key'
  | 'unknown-key'
  | 'wrong-type'
  | 'out-of-range'
  | 'untrusted'
  | 'unsafe-file'
  | 'not-writable'
  | 'conflict'
  | 'closed';

/** Facts of a {@link ConfigError} beside its code and message. */
export interface ConfigErrorOptions extends ErrorOptions {
  /** Whether the same call can succeed later without a change by the caller; `false` if left out. */
  readonly retryable?: boolean;
  /** All problems found, the first one being the error's own. */
  readonly problems?: readonly Problem[];
  /** The file or folder concerned. */
  readonly path?: string;
}

const brand = Symbol.for('@tale/config/error'); // registered globally: two installed copies recognise each other

/** Failure of a call of this package. */
export class ConfigError extends Error {
  /** Always `ConfigError`. */
  override readonly name = 'ConfigError';
  /** Which failure. */
  readonly code: ConfigErrorCode;
  /** Whether the same call can succeed later without a change by the caller. */
  readonly retryable: boolean;
  /** All problems found, in the order of layers and lines; empty where the failure is not about a value. */
  readonly problems: readonly Problem[];
  /** The file or folder concerned, `null` if there is none. */
  readonly path: string | null;

  /** An error with its facts. */
  constructor(code: ConfigErrorCode, message: string, options: ConfigErrorOptions = {}) {
    super(message, options);
    this.code = code;
    this.retryable = options.retryable ?? false;
    this.problems = options.problems ?? [];
    this.path = options.path ?? null;
    Object.defineProperty(this, brand, { value: true });
  }

  /** True for errors of this package, also from another installed copy. */
  static isInstance(error: unknown): error is ConfigError {
    return error instanceof Error && brand in error;
  }
}
