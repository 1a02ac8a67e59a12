import type { ErrorEnvelope } from './error.js';
import type { TaskView } from './task.js';

/** `tale submit --json` and `tale status <id> --json`. */
export type TaskDocument<Schema extends 'tale.submit/1' | 'tale.status/1'> = {
  /** Which document. */ schema: Schema;
} & TaskView;

/** `tale list --json`. */
export interface ListDocument {
  /** Which document. */
  schema: 'tale.list/1';
  /** Newest first. */
  tasks: TaskView[];
  /** Cursor of the next page, or `null`. */
  next: string | null;
}

/** Any command with `--json` that fails. */
export interface ErrorDocument {
  /** Which document. */
  schema: 'tale.error/1';
  /** The failure. */
  error: ErrorEnvelope;
  /** Exit code of the command. */
  exitCode: number;
}
