import type { ModelStatus } from '@tale/model-pool';
import { CommandError } from '../command-error.js';
import type { CommandContext } from '../context.js';
import { formatDuration } from '../duration.js';
import { exitCodes } from '../exit-codes.js';
import { findModel, modelsServer, readPool } from '../models/pool-view.js';
import { formatBytes } from '../render/numbers.js';
import { withInterrupt } from '../terminal/interrupt.js';

/** A load of a large model from a slow disk takes minutes. */
const manageMs = 600_000;

/** `tale models load <name>`: brings a model into memory. */
export async function loadModel(context: CommandContext, name: string): Promise<void> {
  await manage(context, name, 'load', 'loading');
}

/** `tale models unload <name>`: takes a model out of memory, and takes a pin back. The one that its role keeps there is refused. */
export async function unloadModel(context: CommandContext, name: string): Promise<void> {
  await manage(context, name, 'unload', 'unloading').catch((error: unknown) => {
    throw asKept(error);
  });
}

/** `tale models pin <name>`: loads a model and keeps it in memory until it is unloaded or the servers stop. */
export async function pinModel(context: CommandContext, name: string): Promise<void> {
  await manage(context, name, 'pin', 'loading');
}

async function manage(
  context: CommandContext,
  name: string,
  action: 'load' | 'unload' | 'pin',
  doing: string,
): Promise<void> {
  const { printer } = context;
  const pool = await readPool(context);
  const found = findModel(pool, name);
  const { id, model } = found;
  const backend = pool.backends.find((each) => each.name === found.backend);
  if (backend?.residency === 'fixed') return tellFixed(context, found, action);
  printer.phase(`${doing} ${model}…`);
  const status = await withInterrupt(async (signal) => {
    const models = await modelsServer(context, signal);
    return models.post<ModelStatus>(`/v1/pool/${action}`, { model: id }, { signal, timeoutMs: manageMs });
  });
  printer.phase('');
  if (printer.settings.json) printer.document({ schema: 'tale.model/1', ...status });
  else printer.line(describe(status));
}

/** A model of the Claude API, or one that its server was started with, takes no part in residency. */
function tellFixed({ printer }: CommandContext, status: ModelStatus, action: 'load' | 'unload' | 'pin'): void {
  if (printer.settings.json) printer.document({ schema: 'tale.model/1', ...status });
  else printer.line(`there is nothing to ${action}: ${status.model} is served by ${status.backend} as it is`);
}

/** What is refused because the model is kept, with what can be done about it in tale. */
function asKept(error: unknown): unknown {
  if (!(error instanceof CommandError) || error.envelope.code !== 'rejected') return error;
  return CommandError.from(
    {
      ...error.envelope,
      hint: 'give its role another model by models.ux or TALE_MODELS_UX and run tale servers restart models; or tale servers stop',
    },
    { exitCode: exitCodes.usage },
  );
}

function describe({ model, state, memoryBytes, loadMs, resident }: ModelStatus): string {
  const memory = memoryBytes === null ? '' : `, ${formatBytes(memoryBytes)}`;
  const load = loadMs === null || state !== 'resident' ? '' : `, usually loaded in ${formatDuration(loadMs)}`;
  return `${model} is ${state}${memory}${load}${resident === 'always' ? ', kept in memory' : ''}`;
}
