import { memorySize } from '../memory/available.js';
import { openOfflineModels } from '../offline.js';
import type { CommandContext } from './context.js';
import { type ExitCode, exitCodes } from './exit-codes.js';
import { modelDocument } from './model-document.js';
import { pullReporter } from './pull-reporter.js';

/** Fetches a model of the catalogue. */
export async function pullModel(name: string, context: CommandContext): Promise<ExitCode> {
  const { dataDir, printer, signal, isJson } = context;
  await using models = await openOfflineModels(dataDir, context);
  const manifest = await models.pull(name, { signal, onEvent: pullReporter(printer) });
  if (isJson) printer.document({ schema: 'tale.engine-pull/1', model: modelDocument(manifest) });
  else printer.out(`${manifest.name} from ${manifest.source}, ${memorySize(manifest.bytes)}`);
  return exitCodes.done;
}
