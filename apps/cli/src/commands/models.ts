import type { CommandContext } from '../context.js';
import { printTable, readPool } from '../models/pool-view.js';
import { formatBytes, formatCount, orUnknown } from '../render/numbers.js';

/** `tale models ps`: what is in memory, or on its way. */
export async function modelsInMemory(context: CommandContext): Promise<void> {
  const { printer } = context;
  const pool = await readPool(context);
  const models = pool.models.filter(({ state }) => state !== 'absent');
  if (printer.settings.json) return printer.document({ schema: 'tale.models/1', ...pool, models });
  const { budgetBytes, heldBytes, strangers, isExceeded } = pool.memory;
  if (models.length === 0) printer.note('no model is in memory; the first call loads one');
  else {
    printTable(
      context,
      [
        { title: 'MODEL' },
        { title: 'ROLES' },
        { title: 'STATE' },
        { title: 'MEMORY', align: 'right' },
        { title: 'CONTEXT', align: 'right' },
        { title: 'TOK/S', align: 'right' },
        { title: 'HEALTH' },
        { title: 'KEPT' },
      ],
      models.map((model) => [
        model.model,
        model.roles.join(', '),
        model.state,
        orUnknown(model.memoryBytes, formatBytes),
        formatCount(model.contextTokens),
        orUnknown(model.tokensPerSecond, (rate) => rate.toFixed(1)),
        model.health,
        model.resident === 'always' ? 'always' : 'on demand',
      ]),
    );
  }
  const budget = budgetBytes === null ? '' : ` of ${formatBytes(budgetBytes)}`;
  printer.note(`memory: ${formatBytes(heldBytes)}${budget}`);
  for (const { model, bytes, backend } of strangers)
    printer.note(`also in memory, loaded by another client: ${model} on ${backend}, ${formatBytes(bytes)}`);
  if (isExceeded) printer.note('more memory is held than the budget allows');
  for (const { name, warnings } of pool.backends)
    for (const { message } of warnings) printer.note(`${name}: ${message}`);
}

/** `tale models list`: what is configured and what is installed. */
export async function modelsInstalled(context: CommandContext): Promise<void> {
  const { printer } = context;
  const pool = await readPool(context);
  if (printer.settings.json) return printer.document({ schema: 'tale.models/1', ...pool });
  const rows = pool.backends.flatMap((backend) =>
    backend.installed.map((installed) => {
      const configured = pool.models.find(
        ({ model, backend: name }) => model === installed.model && name === backend.name,
      );
      return [
        installed.model,
        configured?.roles.join(', ') ?? '',
        installed.bytes === 0 ? '' : formatBytes(installed.bytes),
        backend.name,
        configured?.state ?? '',
      ];
    }),
  );
  if (rows.length === 0) return printer.note(printer.asTyped('no model is installed: tale models pull <name>'));
  printTable(
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
