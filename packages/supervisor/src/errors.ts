/** Failures of this package; the list is closed. */
export type SupervisorErrorCode =
  | 'closed'
  | 'locked'
  | 'port-taken'
  | 'start-timeout'
  | 'crash-loop'
  | 'refused-by-child'
  | 'not-found'
  | 'runtime-file-unsafe';

/** The process that holds what was wanted: a port, or the lock of a data folder. */
export interface Holder {
  /** Its process id. */
  readonly pid: number;
  /** Its command line, cut to 200 characters; `null` where it cannot be read. */
  readonly command: string | null;
}

/** Facts that an error of this package may carry. */
export interface SupervisorErrorFacts extends ErrorOptions {
  /** Whether the same call can succeed later without a change by the caller. @defaultValue false */
  readonly retryable?: boolean;
  /** The server that failed. */
  readonly server?: string;
  /** Its instance, from 1. */
  readonly instance?: number;
  /** Who holds the port or the lock. */
  readonly holder?: Holder | null;
  /** The last lines that the server printed. */
  readonly lastLines?: readonly string[];
}

const brand = Symbol.for('@tale/supervisor/error'); // registered globally: two installed copies recognise each other

/** Failure of a supervisor, of its files or of its lock. */
export class SupervisorError extends Error {
  /** Always `SupervisorError`. */
  override readonly name = 'SupervisorError';
  /** Which failure. */
  readonly code: SupervisorErrorCode;
  /** Whether the same call can succeed later without a change by the caller. */
  readonly retryable: boolean;
  /** The server that failed; `null` where the failure belongs to none. */
  readonly server: string | null;
  /** Its instance, from 1; `null` where the failure belongs to none. */
  readonly instance: number | null;
  /** Who holds the port or the lock; `null` where that is unknown or no question. */
  readonly holder: Holder | null;
  /** The last lines that the server printed, oldest first. */
  readonly lastLines: readonly string[];

  constructor(code: SupervisorErrorCode, message: string, facts: SupervisorErrorFacts = {}) {
    super(message, facts);
    this.code = code;
    this.retryable = facts.retryable ?? false;
    this.server = facts.server ?? null;
    this.instance = facts.instance ?? null;
    this.holder = facts.holder ?? null;
    this.lastLines = facts.lastLines ?? [];
    Object.defineProperty(this, brand, { value: true });
  }

  /** True for errors of this package, also from another installed copy. */
  static isInstance(error: unknown): error is SupervisorError {
    return error instanceof Error && brand in error;
  }
}
