import { openOfflineModels } from '../offline.js';
import type { CommandContext } from './context.js';
import { type ExitCode, exitCodes } from './exit-codes.js';

/** Removes a model. */
export async function removeModel(name: string, context: CommandContext): Promise<ExitCode> {
  const { dataDir, printer, isJson } = context;
  await using models = await openOfflineModels(dataDir, context);
  const manifest = await models.find(name);
  await models.store.remove(manifest);
  if (isJson) printer.document({ schema: 'tale.engine-remove/1', name: manifest.name });
  else printer.out(`${manifest.name} removed`);
  return exitCodes.done;
}
