import type { CommandContext } from '../context.js';
import { findServer, readRuntime } from '../gateway/runtime.js';
import { ensureServers } from '../servers/ensure-servers.js';
import { readServers } from '../servers/servers-view.js';
import { withInterrupt } from '../terminal/interrupt.js';
import { printServers } from './servers-status.js';

const restartMs = 180_000;

/** `tale servers restart [name]`: one server, or all of them one by one; starts them if they are down. */
export async function restartServers(context: CommandContext, name: string | undefined): Promise<void> {
  await withInterrupt((signal) => restart(context, name, signal));
}

async function restart(context: CommandContext, name: string | undefined, signal: AbortSignal): Promise<void> {
  const { printer, folders } = context;
  const supervisor = await findServer(readRuntime(folders.data), 'supervisor', signal);
  if (supervisor) {
    printer.phase(`restarting ${name ?? 'all servers'}…`);
    await supervisor.post('/v1/servers/restart', name === undefined ? {} : { name }, { signal, timeoutMs: restartMs });
  } else {
    await ensureServers(context, { start: true, port: null, executionInstances: null, signal });
  }
  printServers(context, await readServers(readRuntime(folders.data), signal));
}
