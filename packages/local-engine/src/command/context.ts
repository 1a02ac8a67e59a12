import type { Clock } from '../types.js';
import type { Printer } from './printer.js';

/** What the program runs with. */
export interface ProgramContext {
  readonly environment: NodeJS.ProcessEnv;
  readonly printer: Printer;
  /** Aborts on Ctrl+C and on SIGTERM; the reason is the signal's name. */ readonly signal: AbortSignal;
  /** Limits how long the doctor waits. @defaultValue the system's */ readonly clock?: Clock;
}

/** What a command works with. */
export interface CommandContext extends ProgramContext {
  readonly dataDir: string;
  /** Main module of the child. */ readonly runnerEntry: string;
  readonly isJson: boolean;
}
