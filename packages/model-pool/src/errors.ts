import type { JsonObject } from './types.js';

/** Failures of this package; the list is closed. */
export type ModelPoolErrorCode =
  | 'overloaded'
  | 'model-missing'
  | 'memory-insufficient'
  | 'load-failed'
  | 'load-timeout'
  | 'first-token-timeout'
  | 'stalled'
  | 'stream-broken'
  | 'backend-down'
  | 'context-too-long'
  | 'capability-missing'
  | 'rejected'
  | 'refused'
  | 'aborted'
  | 'configuration';

/** Facts of a {@link ModelPoolError}. */
export interface ModelPoolErrorOptions extends ErrorOptions {
  /** Whether the same call can succeed later. */
  readonly retryable?: boolean | undefined;
  /** When to try again at the earliest, ms. */
  readonly retryAfterMs?: number | null | undefined;
  /** Name of the backend in the configuration. */
  readonly backend?: string | null | undefined;
  /** The model's name on its server. */
  readonly model?: string | null | undefined;
  /** The attempt, from 1. */
  readonly attempt?: number | null | undefined;
  /** What had arrived of the answer. */
  readonly partialText?: string | null | undefined;
  /** Code of a refusing gate. */
  readonly reason?: string | null | undefined;
  /** What to do next, for people. */
  readonly hint?: string | null | undefined;
  /** Further facts. */
  readonly details?: JsonObject | undefined;
}

const brand = Symbol.for('@tale/model-pool/error'); // registered globally: two installed copies recognise each other

/** Failure of a model call or of the pool. */
export class ModelPoolError extends Error {
  /** Always `ModelPoolError`. */
  override readonly name = 'ModelPoolError';
  /** Which failure. */
  readonly code: ModelPoolErrorCode;
  /** Whether the same call can succeed later without a change by the caller. */
  readonly retryable: boolean;
  /** When to try again at the earliest, ms. */
  readonly retryAfterMs: number | null;
  /** Name of the backend in the configuration. */
  readonly backend: string | null;
  /** The model's name on its server. */
  readonly model: string | null;
  /** The attempt, from 1. */
  readonly attempt: number | null;
  /** What had arrived of the answer. */
  readonly partialText: string | null;
  /** Code of a refusing gate. */
  readonly reason: string | null;
  /** What to do next, for people; `null` = the message says all. */
  readonly hint: string | null;
  /** Further facts. */
  readonly details: JsonObject;
  /** @param options facts; what is left out is `null` */
  constructor(code: ModelPoolErrorCode, message: string, options: ModelPoolErrorOptions = {}) {
    super(message, options);
    this.code = code;
    this.retryable = options.retryable ?? false;
    this.retryAfterMs = options.retryAfterMs ?? null;
    this.backend = options.backend ?? null;
    this.model = options.model ?? null;
    this.attempt = options.attempt ?? null;
    this.partialText = options.partialText ?? null;
    this.reason = options.reason ?? null;
    this.hint = options.hint ?? null;
    this.details = options.details ?? {};
    Object.defineProperty(this, brand, { value: true });
  }
  /** True for errors of this package, also from another installed copy. */
  static isInstance(error: unknown): error is ModelPoolError {
    return error instanceof Error && brand in error;
  }
}
