import type { ErrorEnvelope } from './types.js';

/** Failures of this package; the list is closed. */
export type McpTransportErrorCode =
  | 'connect'
  | 'timeout'
  | 'aborted'
  | 'stream-lost'
  | 'breaker-open'
  | 'overloaded'
  | 'unauthorized'
  | 'forbidden'
  | 'protocol'
  | 'version'
  | 'unknown-tool'
  | 'tool-error'
  | 'input-required'
  | 'too-large'
  | 'closed';

/** Facts of an {@link McpTransportError}; what is left out is `null` or `false`. */
export interface McpTransportErrorOptions extends ErrorOptions {
  /** Whether the same call can succeed later without a change by the caller. @defaultValue `false` */
  readonly retryable?: boolean;
  /** Name of the server in the pool. @defaultValue `null` */
  readonly server?: string | null;
  /** JSON-RPC method. @defaultValue `null` */
  readonly method?: string | null;
  /** Which attempt failed, from 1. @defaultValue `null` */
  readonly attempt?: number | null;
  /** Whether the server may have run the call. @defaultValue `false` */
  readonly mayHaveRun?: boolean;
  /** Earliest sensible retry, ms from now. @defaultValue `null` */
  readonly retryAfterMs?: number | null;
  /** HTTP status of the answer. @defaultValue `null` */
  readonly status?: number | null;
  /** What the server said about its failure. @defaultValue `null` */
  readonly envelope?: ErrorEnvelope | null;
}

const brand = Symbol.for('@tale/mcp-transport/error'); // registered globally: two installed copies recognise each other

/** What an error says about facts that it is not given. */
const unknown = {
  retryable: false,
  server: null,
  method: null,
  attempt: null,
  mayHaveRun: false,
  retryAfterMs: null,
  status: null,
  envelope: null,
};

/** Failure of a call, a request or a server of this package. */
export class McpTransportError extends Error {
  /** Always `McpTransportError`. */
  override readonly name = 'McpTransportError';
  /** Which failure. */
  readonly code: McpTransportErrorCode;
  /** Whether the same call can succeed later without a change by the caller. */
  declare readonly retryable: boolean;
  /** Name of the server in the pool, or `null`. */
  declare readonly server: string | null;
  /** JSON-RPC method, or `null`. */
  declare readonly method: string | null;
  /** Which attempt failed, from 1, or `null`. */
  declare readonly attempt: number | null;
  /** Whether the server may have run the call. `false` is certain. */
  declare readonly mayHaveRun: boolean;
  /** Earliest sensible retry, ms from now, or `null`. */
  declare readonly retryAfterMs: number | null;
  /** HTTP status of the answer, or `null` when there was none. */
  declare readonly status: number | null;
  /** The server's own error envelope, or `null`; its code and hint are the ones to show. */
  declare readonly envelope: ErrorEnvelope | null;

  constructor(code: McpTransportErrorCode, message: string, options: McpTransportErrorOptions = {}) {
    super(message, options);
    this.code = code;
    const facts = options as Record<string, unknown>; // only the known facts: a caller may hand in a larger object
    for (const [fact, none] of Object.entries(unknown)) Object.assign(this, { [fact]: facts[fact] ?? none });
    Object.defineProperty(this, brand, { value: true });
  }

  /** True for errors of this package, also from another installed copy. */
  static isInstance(error: unknown): error is McpTransportError {
    return error instanceof Error && brand in error;
  }
}
