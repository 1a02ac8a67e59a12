import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ensureFolder } from '@tale/config';
import { toTaskView } from '@tale/protocol';
import { CommandError } from '../command-error.js';
import type { CommandContext } from '../context.js';
import { formatClock } from '../instant.js';
import { emptySource } from './empty-source.js';
import { liveSource } from './live-source.js';
import { findServer, inspectRuntime, serversDown } from './runtime.js';
import type { TaskSource } from './task-source.js';

/** Calls `use` with whoever answers reads: the gateway, or the data folder if it is down, which one line says. */
export async function withSource<Result>(
  context: CommandContext,
  use: (source: TaskSource) => Promise<Result>,
): Promise<Result> {
  const { runtime, isDamaged } = inspectRuntime(context.folders.data);
  const gateway = await findServer(runtime, 'gateway');
  if (gateway) return use(liveSource(gateway));
  try {
    const source = await openOffline(context, isDamaged);
    try {
      return await use(source);
    } finally {
      source.close();
    }
  } catch (error) {
    throw storageFailure(error, join(context.folders.data, 'tale.db')) ?? error;
  }
}

async function openOffline({ folders, env, now, printer }: CommandContext, isDamaged: boolean): Promise<TaskSource> {
  // Rows of a database server are read by the gateway alone.
  if (env.TALE_DATABASE_URL) throw serversDown();
  // What a start would refuse is not read either. A folder that is missing is not made.
  if (existsSync(folders.data)) await ensureFolder(folders.data);
  if (hasConfig(folders)) await (await import('./check-config.js')).checkConfig({ env, folders });
  const { offlineSource } = await import('./offline-source.js');
  const source = offlineSource({ dataFolder: folders.data, now, toView: toTaskView });
  if (!source) {
    printer.note(printer.asTyped('servers are down and nothing is stored yet; tale submit starts them'));
    return emptySource;
  }
  const why = isDamaged ? 'runtime.json cannot be read, so servers count as down' : 'servers are down';
  printer.note(`${why}; as of ${formatClock(source.asOfMs!).slice(0, 5)}`);
  return source;
}

/** Checking needs the schema of all settings, which is loaded only where there is something to check. */
function hasConfig({ config, system }: CommandContext['folders']): boolean {
  return [config, system].some((folder) => folder !== undefined && existsSync(join(folder, 'config.jsonc')));
}

/** What SQLite says about the file, with what to do; `null` for any other failure. */
function storageFailure(error: unknown, path: string): CommandError | null {
  const code = String((error as { code?: unknown } | null)?.code);
  if (!(error instanceof Error) || !code.startsWith('SQLITE_')) return null;
  const isDamaged = code === 'SQLITE_NOTADB' || code.startsWith('SQLITE_CORRUPT');
  const why = isDamaged ? 'it is damaged' : error.message;
  return new CommandError('storage-failed', `${path} cannot be read: ${why} (${code}).`, {
    cause: error,
    hint: isDamaged
      ? `put a copy in its place, or move it away: mv '${path}' '${path}.damaged'; then tale servers start`
      : 'tale servers start',
    retryable: code.startsWith('SQLITE_BUSY'),
    details: { path, code },
  });
}
