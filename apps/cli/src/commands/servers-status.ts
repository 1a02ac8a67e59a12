import type { CommandContext } from '../context.js';
import { readRuntime } from '../gateway/runtime.js';
import { formatAge } from '../instant.js';
import { formatBytes, orUnknown } from '../render/numbers.js';
import { renderTable } from '../render/table.js';
import { readServers, type ServersView, serverFacts } from '../servers/servers-view.js';

/** `tale servers status`: which servers run. That none does is an answer, no failure. */
export async function serversStatus(context: CommandContext): Promise<void> {
  printServers(context, await readServers(readRuntime(context.folders.data)));
}

/** Prints what the supervisor says, `null` for no supervisor. */
export function printServers({ printer, now }: CommandContext, view: ServersView | null): void {
  const servers = view?.servers ?? [];
  if (printer.settings.json) {
    const daemonId = view?.daemonId ?? null;
    printer.document({
      schema: 'tale.servers/1',
      running: view !== null,
      daemonId,
      servers: servers.map(serverFacts),
    });
    return;
  }
  if (view === null) {
    printer.line('servers are down');
    return;
  }
  const nowMs = now();
  const rows = servers.map(({ name, instance, state, sinceMs, restarts, pid, usage, url, reason }) => [
    `${name}${instance > 1 ? ` ${instance}` : ''}`,
    state,
    formatAge(sinceMs, nowMs),
    String(restarts),
    orUnknown(pid),
    orUnknown(usage?.rssBytes, formatBytes),
    [url ?? '', reason ?? ''].filter(Boolean).join('  '),
  ]);
  const head = [
    { title: 'SERVER' },
    { title: 'STATE' },
    { title: 'SINCE' },
    { title: 'RESTARTS', align: 'right' },
    { title: 'PID', align: 'right' },
    { title: 'MEMORY', align: 'right' },
    { title: 'ADDRESS' },
  ] as const;
  const columns = printer.stdout.isTerminal ? printer.stdout.columns : Number.POSITIVE_INFINITY;
  for (const line of renderTable(head, rows, columns)) printer.line(line);
}
