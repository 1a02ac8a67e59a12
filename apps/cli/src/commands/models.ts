import type { PoolStatus } from '@tale/model-pool';
import type { CommandContext } from '../context.js';
import { findServer, readRuntime, serversDown } from '../gateway/runtime.js';
import { formatBytes, formatCount, orUnknown } from '../render/numbers.js';
import { type Column, renderTable } from '../render/table.js';

/** `tale models ps`: what is in memory, or on its way. */
export async function modelsInMemory(context: CommandContext): Promise<void> {
  const pool = await readPool(context);
  const models = pool.models.filter(({ state }) => state !== 'absent');
  if (context.printer.settings.json) return printDocument(context, { ...pool, models });
  const { budgetBytes, heldBytes } = pool.memory;
  if (models.length === 0) context.printer.note('no model is in memory; the first call loads one');
  else {
    print(
      context,
      [
        { title: 'MODEL' },
        { title: 'ROLES' },
        { title: 'STATE' },
        { title: 'MEMORY', align: 'right' },
        { title: 'CONTEXT', align: 'right' },
        { title: 'TOK/S', align: 'right' },
        { title: 'KEPT' },
      ],
      models.map((model) => [
        model.model,
        model.roles.join(', '),
        model.state,
        orUnknown(model.memoryBytes, formatBytes),
        formatCount(model.contextTokens),
        orUnknown(model.tokensPerSecond, (rate) => rate.toFixed(1)),
        model.resident === 'always' ? 'always' : 'on demand',
      ]),
    );
  }
  const budget = budgetBytes === null ? '' : ` of ${formatBytes(budgetBytes)}`;
  context.printer.note(`memory: ${formatBytes(heldBytes)}${budget}`);
}

/** `tale models list`: what is configured and what is installed. */
export async function modelsInstalled(context: CommandContext): Promise<void> {
  const pool = await readPool(context);
  if (context.printer.settings.json) return printDocument(context, pool);
  const rows = pool.backends.flatMap((backend) =>
    backend.installed.map((installed) => {
      const configured = pool.models.find(
        ({ model, backend: name }) => model === installed.model && name === backend.name,
      );
      return [
        installed.model,
        configured?.roles.join(', ') ?? '',
        formatBytes(installed.bytes),
        backend.name,
        configured?.state ?? '',
      ];
    }),
  );
  if (rows.length === 0)
    return context.printer.note(context.printer.asTyped('no model is installed: tale models pull <name>'));
  print(
    context,
    [
      { title: 'MODEL' },
      { title: 'ROLES' },
      { title: 'SIZE', align: 'right' },
      { title: 'BACKEND' },
      { title: 'STATE' },
    ],
    rows,
  );
}

async function readPool({ folders }: CommandContext): Promise<PoolStatus> {
  const models = await findServer(readRuntime(folders.data), 'models');
  if (!models) throw serversDown();
  return models.get<PoolStatus>('/v1/pool');
}

function printDocument({ printer }: CommandContext, pool: PoolStatus): void {
  printer.document({ schema: 'tale.models/1', ...pool });
}

function print({ printer }: CommandContext, head: readonly Column[], rows: readonly (readonly string[])[]): void {
  const columns = printer.stdout.isTerminal ? printer.stdout.columns : Number.POSITIVE_INFINITY;
  for (const line of renderTable(head, rows, columns)) printer.line(line);
}
