/** Failures of this package; the list is closed. */
export type ProtocolErrorCode = 'prompt-empty' | 'prompt-too-long';
const brand = Symbol.for('@tale/protocol/error'); // registered globally: two installed copies recognise each other

/** A text that breaks the contract between tale's apps. */
export class ProtocolError extends Error {
  /** Always `ProtocolError`. */
  override readonly name = 'ProtocolError';
  /** Which failure. */
  readonly code: ProtocolErrorCode;
  /** Always `false`: the same input fails again. */
  readonly retryable: boolean = false;
  /** The limit that was passed, in UTF-16 units, where there is one. */
  readonly limitCharacters: number | null;

  constructor(code: ProtocolErrorCode, message: string, options: ErrorOptions & { limitCharacters?: number } = {}) {
    super(message, options);
    this.code = code;
    this.limitCharacters = options.limitCharacters ?? null;
    Object.defineProperty(this, brand, { value: true });
  }

  /** True for errors of this package, also from another installed copy. */
  static isInstance(error: unknown): error is ProtocolError {
    return error instanceof Error && brand in error;
  }
}
