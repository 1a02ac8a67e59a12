import type { ModelStatus } from '@tale/model-pool';
import type { CommandContext } from '../context.js';
import { formatDuration } from '../duration.js';
import { findModel, modelsServer, readPool } from '../models/pool-view.js';
import { formatBytes } from '../render/numbers.js';
import { withInterrupt } from '../terminal/interrupt.js';

/** A load of a large model from a slow disk takes minutes. */
const manageMs = 600_000;

/** `tale models load <name>`: brings a model into memory. */
export async function loadModel(context: CommandContext, name: string): Promise<void> {
  await manage(context, name, 'load', 'loading');
}

/** `tale models unload <name>`: takes a model out of memory. One that is kept comes back by itself. */
export async function unloadModel(context: CommandContext, name: string): Promise<void> {
  const model = await manage(context, name, 'unload', 'unloading');
  if (model.resident === 'always') context.printer.note('it is kept in memory, so it comes back in a moment');
}

/** `tale models pin <name>`: loads a model and keeps it in memory until the servers stop. */
export async function pinModel(context: CommandContext, name: string): Promise<void> {
  await manage(context, name, 'pin', 'loading');
}

async function manage(
  context: CommandContext,
  name: string,
  action: 'load' | 'unload' | 'pin',
  doing: string,
): Promise<ModelStatus> {
  const { printer } = context;
  const { id, model } = findModel(await readPool(context), name);
  printer.phase(`${doing} ${model}…`);
  const status = await withInterrupt(async (signal) => {
    const models = await modelsServer(context, signal);
    return models.post<ModelStatus>(`/v1/pool/${action}`, { model: id }, { signal, timeoutMs: manageMs });
  });
  printer.phase('');
  if (printer.settings.json) printer.document({ schema: 'tale.model/1', ...status });
  else printer.line(describe(status));
  return status;
}

function describe({ model, state, memoryBytes, loadMs, resident }: ModelStatus): string {
  const memory = memoryBytes === null ? '' : `, ${formatBytes(memoryBytes)}`;
  const load = loadMs === null || state !== 'resident' ? '' : `, usually loaded in ${formatDuration(loadMs)}`;
  return `${model} is ${state}${memory}${load}${resident === 'always' ? ', kept in memory' : ''}`;
}
