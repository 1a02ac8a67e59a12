/**
 * Failures of this package; the list is closed.
 *
 * - `not-found`: no conversation, message, memory or summary has this id; `id` names it
 * - `conversation-closed`: the conversation is being deleted
 * - `seq-conflict`: another writer appended to the conversation meanwhile; retryable
 * - `window-too-small`: instructions and the current text do not fit; `needTokens`, `windowTokens` and `parts` say by how much
 * - `message-too-large`: over `limits.messageCharacters`, or the conversation over `limits.conversationMessages`; `limit` names it
 * - `invalid-import`: the text is no export of a version that this package reads; `path` names the place
 * - `tool-pair-broken`: a tool's result without its call
 * - `store-busy`: the database stayed locked by another process; retryable
 * - `store-full`: the disk or the database is full; retryable
 * - `summary-failed`: a summary was asked for and could not be made
 * - `aborted`: the work was stopped by `close` or by an event that has no reason of its own
 * - `closed`: the context is closed
 */
export type ContextErrorCode =
  | 'not-found'
  | 'conversation-closed'
  | 'seq-conflict'
  | 'window-too-small'
  | 'message-too-large'
  | 'invalid-import'
  | 'tool-pair-broken'
  | 'store-busy'
  | 'store-full'
  | 'summary-failed'
  | 'aborted'
  | 'closed';

/** Facts of a {@link ContextError} beside its code and message. */
export interface ContextErrorOptions extends ErrorOptions {
  /** Whether the same call can succeed later without a change by the caller; `false` if left out. */
  readonly retryable?: boolean | undefined;
  /** Which conversation, message, memory or summary. */
  readonly id?: string | undefined;
  /** Tokens that the smallest window would need. */
  readonly needTokens?: number | undefined;
  /** Tokens of the model's window. */
  readonly windowTokens?: number | undefined;
  /** Tokens of each part of the prompt. */
  readonly parts?: Readonly<Record<string, number>> | undefined;
  /** The limit that was passed. */
  readonly limit?: number | undefined;
  /** Place in an import, written with dots and brackets. */
  readonly path?: string | undefined;
}

const brand = Symbol.for('@tale/context/error'); // registered globally: two installed copies recognise each other

/** Failure of a call of this package. */
export class ContextError extends Error {
  /** Always `ContextError`. */
  override readonly name = 'ContextError';
  /** Which failure. */
  readonly code: ContextErrorCode;
  /** Whether the same call can succeed later without a change by the caller. */
  readonly retryable: boolean;
  /** Which conversation, message, memory or summary, `null` if none is meant. */
  readonly id: string | null;
  /** Tokens that the smallest window would need, `null` for other failures. */
  readonly needTokens: number | null;
  /** Tokens of the model's window, `null` for other failures. */
  readonly windowTokens: number | null;
  /** Tokens of each part of the prompt, `null` for other failures. */
  readonly parts: Readonly<Record<string, number>> | null;
  /** The limit that was passed, `null` for other failures. */
  readonly limit: number | null;
  /** Place in an import, `null` for other failures. */
  readonly path: string | null;

  /** An error with its facts. */
  constructor(code: ContextErrorCode, message: string, options: ContextErrorOptions = {}) {
    super(message, options);
    this.code = code;
    this.retryable = options.retryable ?? false;
    this.id = options.id ?? null;
    this.needTokens = options.needTokens ?? null;
    this.windowTokens = options.windowTokens ?? null;
    this.parts = options.parts ?? null;
    this.limit = options.limit ?? null;
    this.path = options.path ?? null;
    Object.defineProperty(this, brand, { value: true });
  }

  /** True for errors of this package, also from another installed copy. */
  static isInstance(error: unknown): error is ContextError {
    return error instanceof Error && brand in error;
  }
}
