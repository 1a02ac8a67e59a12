import { memorySize } from '../memory/available.js';
import { openOfflineModels } from '../offline.js';
import type { CommandContext } from './context.js';
import { type ExitCode, exitCodes } from './exit-codes.js';
import { modelDocument } from './model-document.js';
import { pullReporter } from './pull-reporter.js';

/** Copies a GGUF file into the store. @param name `null` = after the file */
export async function addFile(file: string, name: string | null, context: CommandContext): Promise<ExitCode> {
  const { dataDir, printer, signal, isJson } = context;
  await using models = await openOfflineModels(dataDir, context);
  const manifest = await models.add(file, name, { signal, onEvent: pullReporter(printer) });
  if (isJson) printer.document({ schema: 'tale.engine-add/1', model: modelDocument(manifest) });
  else printer.out(`${manifest.name}, ${memorySize(manifest.bytes)}`);
  return exitCodes.done;
}
