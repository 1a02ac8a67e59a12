import type { CommandContext } from '../context.js';
import { formatDuration } from '../duration.js';
import { formatInstant } from '../instant.js';
import { printTable, readPool } from '../models/pool-view.js';
import { orUnknown } from '../render/numbers.js';

const shownChanges = 20;

/** `tale models residency`: who is to be in memory, who is, for how long it was not, and what changed lately. */
export async function modelsResidency(context: CommandContext): Promise<void> {
  const { printer } = context;
  const { mode, residency, models, memory } = await readPool(context);
  if (printer.settings.json) return printer.document({ schema: 'tale.residency/1', mode, residency, models, memory });
  printer.line(`mode: ${mode} (${residency.reason})`);
  if (residency.standIn !== null) printer.line(`ux is answered by ${residency.standIn} at the moment`);
  printTable(
    context,
    [
      { title: 'MODEL' },
      { title: 'ROLES' },
      { title: 'STATE' },
      { title: 'SINCE', align: 'right' },
      { title: 'OUT OF RESIDENCY', align: 'right' },
      { title: 'KEPT' },
    ],
    models.map((model) => [
      model.model,
      model.roles.join(', '),
      model.heldBackBy === null ? model.state : `${model.state}, held back by ${model.heldBackBy}`,
      formatDuration(model.sinceMs),
      model.resident === 'always' ? formatDuration(model.residencyLostMs) : '',
      model.resident === 'always' ? 'always' : 'on demand',
    ]),
  );
  const changes = residency.changes.slice(-shownChanges);
  if (changes.length === 0) return;
  printer.line('');
  printTable(
    context,
    [
      { title: 'WHEN' },
      { title: 'MODEL' },
      { title: 'CHANGE' },
      { title: 'TIME', align: 'right' },
      { title: 'REASON' },
    ],
    changes.map(({ atMs, name, change, durationMs, reason }) => [
      formatInstant(atMs, context.now()),
      name,
      change,
      orUnknown(durationMs, formatDuration),
      reason,
    ]),
  );
}
