import type { CommandContext } from '../context.js';
import { readInteger } from '../options.js';
import { ensureServers, waitForLateServers } from '../servers/ensure-servers.js';
import { runForeground } from '../servers/run-foreground.js';
import type { StartSettings } from '../servers/spawn-supervisor.js';
import { withInterrupt } from '../terminal/interrupt.js';
import { printServers } from './servers-status.js';

/** Options of `tale servers start` as commander gives them. */
export interface StartOptions {
  readonly execution?: string;
  readonly port?: string;
  readonly foreground?: boolean;
}

/** `tale servers start`: makes sure that they run; the same answer for whoever was first and whoever came later. */
export async function startServers(context: CommandContext, options: StartOptions): Promise<void> {
  const settings: StartSettings = {
    port: readInteger('--port', options.port, { least: 1, most: 65_535 }),
    executionInstances: readInteger('--execution', options.execution, { least: 1, most: 64 }),
  };
  if (options.foreground === true) return runForeground(context, settings);
  await withInterrupt((signal) => start(context, settings, signal));
}

async function start(context: CommandContext, settings: StartSettings, signal: AbortSignal): Promise<void> {
  const { runtime, started } = await ensureServers(context, { ...settings, start: true, signal });
  const ignored = !started && (settings.port !== null || settings.executionInstances !== null);
  const text = 'they run already: --port and --execution hold from the next start (tale servers stop)';
  if (ignored) context.printer.note(context.printer.asTyped(text));
  printServers(context, await waitForLateServers(runtime, { signal }));
}
