/** Failures of this package; the list is closed. */
export type TasksErrorCode =
  | 'cancelled'
  | 'closed'
  | 'deadline'
  | 'handler-failed'
  | 'invalid-option'
  | 'invalid-task'
  | 'key-conflict'
  | 'lease-lost'
  | 'not-retryable'
  | 'poison'
  | 'shutdown'
  | 'storage-busy'
  | 'task-not-found';

const brand = Symbol.for('@tale/tasks/error'); // registered globally: two installed copies recognise each other

/** Failure of a call of this package, or the reason why a handler's signal was aborted. */
export class TasksError extends Error {
  /** Always `TasksError`. */
  override readonly name = 'TasksError';
  /** Which failure. */
  readonly code: TasksErrorCode;
  /** Whether the same call can succeed later without a change by the caller. */
  readonly retryable: boolean;
  /** Which task, if one is meant. */
  readonly taskId: string | null;

  constructor(
    code: TasksErrorCode,
    message: string,
    options: ErrorOptions & { retryable?: boolean; taskId?: string } = {},
  ) {
    super(message, options);
    this.code = code;
    this.retryable = options.retryable ?? false;
    this.taskId = options.taskId ?? null;
    Object.defineProperty(this, brand, { value: true });
  }

  /** True for errors of this package, also from another installed copy. */
  static isInstance(error: unknown): error is TasksError {
    return error instanceof Error && brand in error;
  }
}
