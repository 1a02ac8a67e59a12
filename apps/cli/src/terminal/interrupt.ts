import { CommandError } from '../command-error.js';
import { exitCodes } from '../exit-codes.js';

/**
 * Runs `work` with a signal that Ctrl+C and SIGTERM abort, with a {@link CommandError} `interrupted`; the second of them ends the
 * process at once.
 */
export async function withInterrupt<Result>(work: (signal: AbortSignal) => Promise<Result>): Promise<Result> {
  const controller = new AbortController();
  const listen = (signal: NodeJS.Signals) => {
    const exitCode = signal === 'SIGINT' ? exitCodes.interrupted : exitCodes.terminated;
    // Nothing is waited for any more: the person asked twice.
    if (controller.signal.aborted) process.exit(exitCode);
    controller.abort(new CommandError('interrupted', `Interrupted by ${signal}.`, { exitCode }));
  };
  process.on('SIGINT', listen).on('SIGTERM', listen);
  try {
    return await work(controller.signal);
  } finally {
    process.off('SIGINT', listen).off('SIGTERM', listen);
  }
}
