/**
 * Failures of this package; the list is closed.
 *
 * - `invalid-id`: not a thread id
 * - `invalid-operation`: an operation does not fit the state
 * - `invalid-value`: a value that JSON cannot say, a forbidden key, or a depth over 64
 * - `checkpoint-too-large`: a value, a step or the state is over its limit; `key` names it
 * - `lease-lost`: the guard said no; nothing was written
 * - `conflict`: another handle has appended to the thread meanwhile; nothing was written
 * - `unknown-format`: the thread was written by a newer version
 * - `storage-busy`: the database stayed locked by another process
 * - `storage-failed`: the database could not read or write; `cause` has its error. Retryable where the disk is full
 */
export type CheckpointErrorCode =
  | 'invalid-id'
  | 'invalid-operation'
  | 'invalid-value'
  | 'checkpoint-too-large'
  | 'lease-lost'
  | 'conflict'
  | 'unknown-format'
  | 'storage-busy'
  | 'storage-failed';

/** Facts of a {@link CheckpointError} beside its code and message. */
export interface CheckpointErrorOptions extends ErrorOptions {
  /** Whether the same call can succeed later without a change by the caller; `false` if left out. */
  readonly retryable?: boolean;
  /** Which thread. */
  readonly threadId?: string;
  /** Which key of the state, written with dots and brackets. */
  readonly key?: string;
  /** The limit that was passed. */
  readonly limitBytes?: number;
}

const brand = Symbol.for('@tale/checkpoints/error'); // registered globally: two installed copies recognise each other

/** Failure of a call of this package. */
export class CheckpointError extends Error {
  /** Always `CheckpointError`. */
  override readonly name = 'CheckpointError';
  /** Which failure. */
  readonly code: CheckpointErrorCode;
  /** Whether the same call can succeed later without a change by the caller. */
  readonly retryable: boolean;
  /** Which thread, `null` if none is meant. */
  readonly threadId: string | null;
  /** Which key of the state, `null` if none is meant. */
  readonly key: string | null;
  /** The limit that was passed, `null` for other failures. */
  readonly limitBytes: number | null;

  /** An error with its facts. */
  constructor(code: CheckpointErrorCode, message: string, options: CheckpointErrorOptions = {}) {
    super(message, options);
    this.code = code;
    this.retryable = options.retryable ?? false;
    this.threadId = options.threadId ?? null;
    this.key = options.key ?? null;
    this.limitBytes = options.limitBytes ?? null;
    Object.defineProperty(this, brand, { value: true });
  }

  /** True for errors of this package, also from another installed copy. */
  static isInstance(error: unknown): error is CheckpointError {
    return error instanceof Error && brand in error;
  }
}
