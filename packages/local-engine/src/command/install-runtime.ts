import { installRuntime } from '../runtime/install.js';
import type { RuntimeGpu } from '../runtime/platform.js';
import type { CommandContext } from './context.js';
import { type ExitCode, exitCodes } from './exit-codes.js';
import { share } from './pull-reporter.js';

/** Installs the native runtime where it is missing. */
export async function installTheRuntime(gpu: RuntimeGpu | null, context: CommandContext): Promise<ExitCode> {
  const { dataDir, environment, printer, signal, isJson } = context;
  const installed = await installRuntime({
    ...{ dataDir, signal, environment },
    ...(gpu !== null && { gpu }),
    onProgress: ({ phase, doneBytes, totalBytes }) =>
      printer.progress(phase === 'wait' ? 'waiting for another installation' : share(doneBytes, totalBytes)),
  });
  if (isJson) printer.document({ schema: 'tale.engine-runtime/1', ...installed });
  else printer.out(`${installed.isNew ? 'installed' : 'present'} at ${installed.directory}`);
  return exitCodes.done;
}
