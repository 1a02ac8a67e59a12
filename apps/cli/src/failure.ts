import type { CommanderError } from 'commander';
import { CommandError } from './command-error.js';
import type { ExitCode } from './exit-codes.js';
import type { Part, Printer } from './printer.js';

/** Says why a command failed, in its output format; resolves with the exit code. */
export async function reportFailure(printer: Printer, error: unknown, commanderText = ''): Promise<ExitCode> {
  const failure = toCommandError(error, commanderText);
  const { envelope, exitCode } = failure;
  if (printer.settings.json) {
    printer.document({ schema: 'tale.error/1', error: envelope, exitCode });
    return exitCode;
  }
  printer.problem({ style: 'red', text: 'tale:' }, ` ${envelope.message}`);
  for (const line of detailLines(envelope.details)) printer.problem(...line);
  if (envelope.hint !== null) printer.problem({ style: 'dim', text: '  try   ' }, envelope.hint);
  if (envelope.code === 'internal') {
    printer.problem({ style: 'dim', text: '  log   ' }, 'tale logs --level error');
    if (failure.cause instanceof Error && failure.cause.stack) printer.problem(failure.cause.stack);
  }
  return exitCode;
}

/** Any failure as the one that is reported. */
export function toCommandError(error: unknown, commanderText = ''): CommandError {
  if (error instanceof CommandError) return error;
  if (isCommanderError(error)) return usageError(error, commanderText);
  if (isSystemError(error) && error.code === 'ENOSPC') {
    return new CommandError('disk-full', `No space is left on the device: ${error.message}.`, { cause: error });
  }
  const message = error instanceof Error ? error.message : String(error);
  return new CommandError('internal', `Unexpected failure: ${message}`, { cause: error });
}

function usageError(error: CommanderError, commanderText: string): CommandError {
  if (error.code === 'commander.help') {
    return new CommandError('usage', `A subcommand is missing.\n\n${commanderText.trimEnd()}`, { cause: error });
  }
  const [first = '', suggestion] = error.message.replace(/^error: /, '').split('\n');
  const meant = /Did you mean (?:one of )?(.+?)\?/.exec(suggestion ?? '')?.[1] ?? null;
  const isTooMany = error.code === 'commander.excessArguments';
  const hint = meant === null ? (isTooMany ? 'put the text in quotes' : 'tale --help') : `did you mean ${meant}?`;
  return new CommandError('usage', `${first[0]?.toUpperCase() ?? ''}${first.slice(1)}.`.replace(/\.\.$/, '.'), {
    cause: error,
    hint,
    details: { suggestion: meant },
  });
}

/** Facts that help a person: what was tried, which tasks were meant. */
function* detailLines(details: Record<string, unknown>): Generator<Part[]> {
  const { tried, lastLines, lines } = details;
  if (Array.isArray(lines)) for (const line of lines) yield [`  ${line}`];
  if (Array.isArray(tried)) for (const attempt of tried) yield [{ style: 'dim', text: '  tried ' }, describe(attempt)];
  if (Array.isArray(lastLines))
    for (const line of lastLines.slice(-5)) yield [{ style: 'dim', text: '  | ' }, String(line)];
}

function describe(attempt: unknown): string {
  if (typeof attempt === 'string') return attempt;
  if (attempt === null || typeof attempt !== 'object') return String(attempt);
  return Object.values(attempt)
    .filter((value) => typeof value === 'string' || typeof value === 'number')
    .join(': ');
}

/** Told by its code: commander itself stays in the first file that is loaded. */
function isCommanderError(error: unknown): error is CommanderError {
  return isSystemError(error) && error.code.startsWith('commander.');
}

function isSystemError(error: unknown): error is Error & { code: string } {
  return error instanceof Error && typeof (error as NodeJS.ErrnoException).code === 'string';
}
