import { type EnvelopeFacts, type ErrorEnvelope, errorEnvelope, type TaleErrorCode } from '@tale/protocol';

/** A failure of one of tale's servers, ready to go over the wire. */
export class ServerError extends Error {
  override readonly name = 'ServerError';
  readonly code: TaleErrorCode;
  readonly retryable: boolean;
  readonly hint: string | null;
  readonly retryAfterMs: number | null;
  readonly details: Record<string, unknown>;

  constructor(
    code: TaleErrorCode,
    message: string,
    options: ErrorOptions & Partial<Omit<EnvelopeFacts, 'code' | 'message' | 'source'>> = {},
  ) {
    super(message, options);
    this.code = code;
    this.retryable = options.retryable ?? false;
    this.hint = options.hint ?? null;
    this.retryAfterMs = options.retryAfterMs ?? null;
    this.details = options.details ?? {};
  }

  /** The envelope, failed at `source`. */
  envelope(source: string): ErrorEnvelope {
    return errorEnvelope({ ...this, code: this.code, message: this.message, source });
  }
}
