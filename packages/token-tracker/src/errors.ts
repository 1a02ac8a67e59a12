/** Failures of this package; the list is closed. */
export type TokenTrackerErrorCode = 'closed' | 'invalid-argument' | 'store-failed';

const brand = Symbol.for('@tale/token-tracker/error'); // registered globally: two installed copies recognise each other

/** Failure of a tracker call. */
export class TokenTrackerError extends Error {
  /** Always `TokenTrackerError`. */
  override readonly name = 'TokenTrackerError';
  /** Which failure. */
  readonly code: TokenTrackerErrorCode;
  /** Whether the same call can succeed later without a change by the caller. */
  readonly retryable: boolean;

  constructor(code: TokenTrackerErrorCode, message: string, options: ErrorOptions & { retryable?: boolean } = {}) {
    super(message, options);
    this.code = code;
    this.retryable = options.retryable ?? false;
    Object.defineProperty(this, brand, { value: true });
  }

  /** True for errors of this package, also from another installed copy. */
  static isInstance(error: unknown): error is TokenTrackerError {
    return error instanceof Error && brand in error;
  }
}
