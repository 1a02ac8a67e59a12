import type { TaleErrorCode } from '@tale/protocol';
import type { CommanderError } from 'commander';
import { CommandError } from './command-error.js';
import { type ExitCode, exitCodeByError } from './exit-codes.js';
import type { Part, Printer } from './printer.js';
import { describeSystemError, isFileError, type SystemError } from './system-error.js';

/** Says why a command failed, in its output format; resolves with the exit code. `flags` are the options that the command has. */
export async function reportFailure(
  printer: Printer,
  error: unknown,
  commanderText = '',
  flags: readonly string[] = [],
): Promise<ExitCode> {
  const failure = toCommandError(error, commanderText, flags);
  const { envelope, exitCode } = failure;
  const hint = envelope.hint === null ? null : printer.asTyped(envelope.hint);
  if (printer.settings.json) {
    printer.document({ schema: 'tale.error/1', error: { ...envelope, hint }, exitCode });
    return exitCode;
  }
  const tried = reasonsOf(envelope.details.tried);
  printer.problem({ style: 'red', text: 'tale:' }, ` ${withoutReasons(envelope.message, tried)}`);
  for (const line of detailLines(envelope.details, tried)) printer.problem(...line);
  if (hint !== null) printer.problem({ style: 'dim', text: '  try   ' }, hint);
  if (envelope.code === 'internal') {
    printer.problem({ style: 'dim', text: '  log   ' }, printer.asTyped('tale logs --level error'));
    if (failure.cause instanceof Error && failure.cause.stack) printer.problem(failure.cause.stack);
  }
  return exitCode;
}

/** Any failure as the one that is reported. */
export function toCommandError(error: unknown, commanderText = '', flags: readonly string[] = []): CommandError {
  if (error instanceof CommandError) return error;
  if (isCommanderError(error)) return usageError(error, commanderText, flags);
  if (isFileError(error)) return fileError(error);
  const message = error instanceof Error ? error.message : String(error);
  // A package's own code says more than that something went wrong.
  if (isCoded(error) && Object.hasOwn(exitCodeByError, error.code)) {
    return new CommandError(error.code as TaleErrorCode, message.replace(/([^.?!])$/, '$1.'), { cause: error });
  }
  return new CommandError('internal', `Unexpected failure: ${message}`, { cause: error });
}

/** What the system refused on a file of tale. */
function fileError(error: SystemError): CommandError {
  const { code, path } = error;
  const reason = describeSystemError(code);
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new CommandError('disk-full', `${path ?? 'A file'} cannot be written: ${reason}.`, { cause: error });
  }
  return new CommandError('not-writable', `${path ?? 'A file'} cannot be used: ${reason}.`, {
    cause: error,
    details: { path: path ?? null, code },
  });
}

function usageError(error: CommanderError, commanderText: string, flags: readonly string[]): CommandError {
  if (error.code === 'commander.help') {
    return new CommandError('usage', `A subcommand is missing.\n\n${commanderText.trimEnd()}`, { cause: error });
  }
  const [first = '', suggestion] = error.message.replace(/^error: /, '').split('\n');
  const meant = /Did you mean (?:one of )?(.+?)\?/.exec(suggestion ?? '')?.[1] ?? startedFlags(error, flags);
  return new CommandError('usage', `${first[0]?.toUpperCase() ?? ''}${first.slice(1)}.`.replace(/\.\.$/, '.'), {
    cause: error,
    hint: meant === null ? hintFor(error) : `did you mean ${meant}?`,
    details: { suggestion: meant },
  });
}

/** Flags that the unknown one is the beginning of. */
function startedFlags(error: CommanderError, flags: readonly string[]): string | null {
  if (error.code !== 'commander.unknownOption') return null;
  const [, given] = /'(--\w[^'=]*)/.exec(error.message) ?? [];
  const begun = given === undefined ? [] : flags.filter((flag) => flag.startsWith(given));
  return begun.length > 0 ? begun.join(', ') : null;
}

function hintFor(error: CommanderError): string {
  if (error.code !== 'commander.excessArguments') return 'tale --help';
  const [, command = ''] = /for '([^']+)'/.exec(error.message) ?? [];
  if (command === 'submit') return 'put the text in quotes';
  return command === 'list' ? 'tale list --search "words", or tale status <id>' : 'tale --help';
}

/** Facts that help a person: what was tried, which tasks were meant. */
function* detailLines(details: Record<string, unknown>, tried: readonly string[]): Generator<Part[]> {
  const { lastLines, lines } = details;
  if (Array.isArray(lines)) for (const line of lines) yield [`  ${line}`];
  for (const reason of tried) yield [{ style: 'dim', text: '  tried ' }, reason];
  if (Array.isArray(lastLines))
    for (const line of lastLines.slice(-5)) yield [{ style: 'dim', text: '  | ' }, String(line)];
}

/** What was tried, each once. */
function reasonsOf(tried: unknown): string[] {
  return Array.isArray(tried) ? [...new Set(tried.map(describe))] : [];
}

/** A message that repeats the reasons, which follow as lines of their own, without them. */
function withoutReasons(message: string, reasons: readonly string[]): string {
  const at = message.search(/ Tried: /);
  const isRepeated = at > 0 && reasons.length > 0 && reasons.every((reason) => message.includes(reason, at));
  return isRepeated ? message.slice(0, at) : message;
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
  return isCoded(error) && error.code.startsWith('commander.');
}

function isCoded(error: unknown): error is Error & { code: string } {
  return error instanceof Error && typeof (error as NodeJS.ErrnoException).code === 'string';
}
