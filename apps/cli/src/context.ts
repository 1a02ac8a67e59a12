import { type Folders, resolveFolders } from '@tale/config';
import { CommandError } from './command-error.js';
import type { Printer } from './printer.js';

/** What every command body gets. */
export interface CommandContext {
  readonly printer: Printer;
  readonly env: NodeJS.ProcessEnv;
  /** Where tale keeps its files. */
  readonly folders: Folders;
  /** Whether somebody can be asked. */
  canAsk(): boolean;
  /** Epoch ms. */
  now(): number;
}

/** The context of a command on this process. */
export function createContext(printer: Printer, options: { readonly input?: boolean }): CommandContext {
  if (printer.settings.rawOutput && printer.stdout.isTerminal) {
    throw new CommandError(
      'usage',
      '--raw-output would hand the control characters of models and logs to this terminal.',
      {
        hint: 'redirect stdout to a file or a pipe',
      },
    );
  }
  const { env } = process;
  return {
    printer,
    env,
    folders: resolveFolders({ env }),
    // Looked at when asked for: opening stdin costs start-up time.
    canAsk: () =>
      options.input !== false && !printer.settings.json && printer.stderr.isTerminal && process.stdin.isTTY === true,
    now: Date.now,
  };
}
