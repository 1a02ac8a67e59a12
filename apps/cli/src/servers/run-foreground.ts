import { CommandError } from '../command-error.js';
import type { CommandContext } from '../context.js';
import {
  exitOf,
  resultOfFailure,
  type StartMessage,
  type StartSettings,
  supervisorEntry,
  supervisorEnvironment,
} from './spawn-supervisor.js';
import { requireUsable } from './usable-folders.js';

/** Runs a supervisor until it ends; Ctrl+C and SIGTERM are passed on, each once. */
export async function runForeground({ printer, env, folders }: CommandContext, settings: StartSettings): Promise<void> {
  requireUsable([folders.config, folders.data, folders.state]);
  const { spawn } = await import('node:child_process');
  const child = spawn(process.execPath, [supervisorEntry(env)], {
    // A group of its own: else Ctrl+C would reach it twice, and the second one cuts the draining short.
    detached: true,
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    env: supervisorEnvironment(env, settings),
  });
  const pass = (signal: NodeJS.Signals) => child.kill(signal);
  process.on('SIGINT', pass).on('SIGTERM', pass);
  let failure: CommandError | null = null;
  child.on('message', (message: StartMessage) => {
    if (message.type === 'failed') {
      const result = resultOfFailure(message);
      if (result.kind === 'failed') failure = result.error;
    } else if (message.type === 'ready') printer.note('servers are ready; Ctrl+C stops them');
    else if (message.state === 'ready') printer.note(`  ${message.name} ready`);
  });
  try {
    const { code } = await exitOf(child);
    if (failure) throw failure;
    if (code === 3) {
      throw new CommandError('locked', 'Other servers hold this data folder.', { hint: 'tale servers status' });
    }
    if (code !== 0) throw new CommandError('start-failed', `The servers ended with exit code ${code ?? 'none'}.`);
    if (printer.settings.json) {
      printer.document({ schema: 'tale.servers/1', running: false, daemonId: null, servers: [] });
    }
  } finally {
    process.off('SIGINT', pass).off('SIGTERM', pass);
  }
}
