import type { CommandContext } from '../context.js';
import { stopServers as stop } from '../servers/stop-servers.js';

/** `tale servers stop`: stops everything and waits until it is gone. */
export async function stopServers({ printer, folders }: CommandContext): Promise<void> {
  printer.phase('stopping servers…');
  const stopped = await stop(folders.data);
  if (printer.settings.json)
    return printer.document({ schema: 'tale.servers/1', running: false, daemonId: null, servers: [], stopped });
  printer.line(stopped === 0 ? 'servers were not running' : `stopped ${stopped} process${stopped === 1 ? '' : 'es'}`);
}
