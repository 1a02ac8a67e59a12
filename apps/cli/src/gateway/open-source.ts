import { toTaskView } from '@tale/protocol';
import type { CommandContext } from '../context.js';
import { formatClock } from '../instant.js';
import { emptySource } from './empty-source.js';
import { liveSource } from './live-source.js';
import { findServer, readRuntime, serversDown } from './runtime.js';
import type { TaskSource } from './task-source.js';

/** Calls `use` with whoever answers reads: the gateway, or the data folder if it is down, which one line says. */
export async function withSource<Result>(
  context: CommandContext,
  use: (source: TaskSource) => Promise<Result>,
): Promise<Result> {
  const gateway = await findServer(readRuntime(context.folders.data), 'gateway');
  const source = gateway ? liveSource(gateway) : await openOffline(context);
  try {
    return await use(source);
  } finally {
    source.close();
  }
}

async function openOffline({ folders, env, now, printer }: CommandContext): Promise<TaskSource> {
  // Rows of a database server are read by the gateway alone.
  if (env.TALE_DATABASE_URL) throw serversDown();
  const { offlineSource } = await import('./offline-source.js');
  const source = offlineSource({ dataFolder: folders.data, now, toView: toTaskView });
  if (!source) {
    printer.note('servers are down and nothing is stored yet; tale submit starts them');
    return emptySource;
  }
  printer.note(`servers are down; as of ${formatClock(source.asOfMs!).slice(0, 5)}`);
  return source;
}
