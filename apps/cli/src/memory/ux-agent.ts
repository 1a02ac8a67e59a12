import { setTimeout as sleep } from 'node:timers/promises';
import { CommandError } from '../command-error.js';
import type { CommandContext } from '../context.js';
import { findServer, readRuntime, serversDown } from '../gateway/runtime.js';
import type { ServerClient } from '../gateway/server-client.js';
import { monotonicMs } from '../monotonic.js';
import { readServers } from '../servers/servers-view.js';

const pollMs = 100;
const longestMs = 15_000;

/**
 * A client of the server that owns conversations and memories. It starts last, so that it is waited for while it is on its way.
 *
 * @throws {@link CommandError} `servers-down`
 */
export async function uxAgent({ folders }: CommandContext, signal?: AbortSignal): Promise<ServerClient> {
  const deadlineMs = monotonicMs() + longestMs;
  for (;;) {
    const runtime = readRuntime(folders.data);
    const found = await findServer(runtime, 'ux-agent', signal);
    if (found) return found;
    const servers = (await readServers(runtime, signal))?.servers;
    if (!servers) throw serversDown();
    const own = servers.find(({ name }) => name === 'ux-agent');
    if (!own) throw notRunning('of another version of tale run', 'tale servers stop, then tale servers start');
    const isComing = own.state !== 'refused' && own.state !== 'crash-loop';
    if (!isComing || monotonicMs() >= deadlineMs) {
      throw notRunning(`run, but not the ux-agent, which is ${own.state}`, 'tale servers status');
    }
    await sleep(pollMs, undefined, signal ? { signal } : {}).catch(() => signal?.throwIfAborted());
  }
}

function notRunning(how: string, hint: string): CommandError {
  return new CommandError('servers-down', `Servers ${how}.`, { hint, retryable: true });
}
