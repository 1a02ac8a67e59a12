import packageManifest from '../../package.json' with { type: 'json' };
import { defaultRunnerEntry } from '../engine.js';
import { LocalEngineError } from '../errors.js';
import { addFile } from './add.js';
import type { CommandContext, ProgramContext } from './context.js';
import { defaultDataDirectory } from './data-directory.js';
import { examineMachine } from './doctor/doctor.js';
import { type ExitCode, exitCodeByError, exitCodes } from './exit-codes.js';
import { helpText } from './help.js';
import { installTheRuntime } from './install-runtime.js';
import { listModels } from './list.js';
import { type Command, type CommandLine, parseCommand } from './parse-command.js';
import { pullModel } from './pull.js';
import { removeModel } from './remove.js';
import { serve } from './serve.js';
import { UsageError } from './usage-error.js';
import { verifyModels } from './verify.js';

/** Runs what a person typed. Returns the exit code. */
export async function runCommand(argumentList: readonly string[], context: ProgramContext): Promise<ExitCode> {
  let line: CommandLine | null = null;
  try {
    line = parseCommand(argumentList);
    return await perform(line.command, {
      ...context,
      dataDir: line.dataDir ?? defaultDataDirectory(context.environment),
      runnerEntry: line.runner ?? defaultRunnerEntry(),
      isJson: line.isJson,
    });
  } catch (error) {
    return report(error, line?.isJson ?? argumentList.includes('--json'), context);
  }
}

async function perform(command: Command, context: CommandContext): Promise<ExitCode> {
  switch (command.name) {
    case 'help':
      context.printer.out(helpText(command.topic));
      return exitCodes.done;
    case 'version':
      return printVersion(context);
    case 'serve':
      return serve(command, context);
    case 'pull':
      return pullModel(command.model, context);
    case 'add':
      return addFile(command.file, command.model, context);
    case 'remove':
      return removeModel(command.model, context);
    case 'list':
      return listModels(command.isCatalog, context);
    case 'verify':
      return verifyModels(command.model, context);
    case 'install-runtime':
      return installTheRuntime(command.gpu, context);
    case 'doctor':
      return examineMachine(command, context);
  }
}

function printVersion({ printer, isJson }: CommandContext): ExitCode {
  const { version } = packageManifest;
  if (isJson) printer.document({ schema: 'tale.engine-version/1', version });
  else printer.out(version);
  return exitCodes.done;
}

function report(error: unknown, isJson: boolean, { printer, signal }: ProgramContext): ExitCode {
  if (signal.aborted) {
    const [code, exitCode] =
      signal.reason === 'SIGTERM'
        ? (['terminated', exitCodes.terminated] as const)
        : (['interrupted', exitCodes.interrupted] as const);
    const told = { code, message: `it was ${code}`, retryable: true };
    if (isJson) printer.document({ schema: 'tale.engine-error/1', error: told, exitCode });
    return exitCode;
  }
  const { code, exitCode, facts } = describe(error);
  const message = error instanceof Error ? error.message : String(error);
  if (isJson) {
    printer.document({ schema: 'tale.engine-error/1', error: { code, message, ...facts }, exitCode });
    return exitCode;
  }
  printer.note(`${code}: ${message}`);
  if (code === 'usage') printer.note('see: local-engine --help');
  return exitCode;
}

function describe(error: unknown): { code: string; exitCode: ExitCode; facts: object } {
  if (error instanceof UsageError) return { code: 'usage', exitCode: exitCodes.usage, facts: { retryable: false } };
  if (!LocalEngineError.isInstance(error)) {
    return { code: 'error', exitCode: exitCodes.failed, facts: { retryable: false } };
  }
  const { code, retryable, model, neededBytes, availableBytes, attempts } = error;
  return { code, exitCode: exitCodeByError[code], facts: { retryable, model, neededBytes, availableBytes, attempts } };
}
