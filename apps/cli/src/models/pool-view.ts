import type { ModelStatus, PoolStatus } from '@tale/model-pool';
import { CommandError } from '../command-error.js';
import type { CommandContext } from '../context.js';
import { findServer, readRuntime, serversDown } from '../gateway/runtime.js';
import type { ServerClient } from '../gateway/server-client.js';
import { type Column, renderTable } from '../render/table.js';

/** A client of the server that owns the models. @throws {@link CommandError} `servers-down` */
export async function modelsServer({ folders }: CommandContext, signal?: AbortSignal): Promise<ServerClient> {
  const models = await findServer(readRuntime(folders.data), 'models', signal);
  if (!models) throw serversDown();
  return models;
}

/** The state of the pool. */
export async function readPool(context: CommandContext): Promise<PoolStatus> {
  return (await modelsServer(context)).get<PoolStatus>('/v1/pool');
}

/**
 * The configured model that a name means: exactly, by its name on its server, or by a beginning that no other has.
 *
 * @throws {@link CommandError} `not-found`, with the names that there are
 */
export function findModel(pool: PoolStatus, name: string): ModelStatus {
  const exact = pool.models.find(({ id, model }) => id === name || model === name);
  if (exact) return exact;
  const beginning = pool.models.filter(({ id, model }) => id.startsWith(name) || model.startsWith(name));
  const [only, second] = beginning;
  if (only && !second) return only;
  const names = pool.models.map(({ model }) => model);
  throw new CommandError('not-found', `No model of tale is called ${name}.`, {
    hint: names.length === 0 ? 'tale models list' : `there are: ${names.join(', ')}`,
    details: { model: name, models: names },
  });
}

/** Prints rows; on a terminal no wider than it is. */
export function printTable(
  { printer }: CommandContext,
  head: readonly Column[],
  rows: readonly (readonly string[])[],
): void {
  const columns = printer.stdout.isTerminal ? printer.stdout.columns : Number.POSITIVE_INFINITY;
  for (const line of renderTable(head, rows, columns)) printer.line(line);
}

/** Prints names and values, one pair a line. */
export function printFacts({ printer }: CommandContext, facts: readonly (readonly [string, string])[]): void {
  const width = Math.max(...facts.map(([name]) => name.length));
  for (const [name, value] of facts) printer.line(`${name.padEnd(width)}  ${value}`.trimEnd());
}
