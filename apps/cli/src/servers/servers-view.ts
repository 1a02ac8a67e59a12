import type { RuntimeFile, ServerStatus } from '@tale/supervisor';
import { findServer } from '../gateway/runtime.js';
import type { ServerClient } from '../gateway/server-client.js';

/** What the supervisor says about its servers. */
export interface ServersView {
  readonly daemonId: string;
  readonly servers: readonly ServerStatus[];
}

/** Asks the supervisor; `null` if it does not answer. */
export async function readServers(runtime: RuntimeFile | null, signal?: AbortSignal): Promise<ServersView | null> {
  return readServersOf(await findServer(runtime, 'supervisor', signal), signal);
}

/** The same of a supervisor that was found already. */
export async function readServersOf(
  supervisor: ServerClient | null,
  signal?: AbortSignal,
): Promise<ServersView | null> {
  return supervisor ? supervisor.get<ServersView>('/v1/servers', signal ? { signal } : {}) : null;
}

/** A server as JSON output has it. */
export function serverFacts(server: ServerStatus) {
  const { name, instance, state, reason, pid, url, restarts, sinceMs, lastExit, usage } = server;
  return {
    name,
    instance,
    state,
    reason,
    pid,
    url,
    since: new Date(sinceMs).toISOString(),
    restarts,
    lastExit: lastExit && { code: lastExit.code, signal: lastExit.signal, at: new Date(lastExit.atMs).toISOString() },
    memoryBytes: usage?.rssBytes ?? null,
    cpuRatio: usage?.cpuRatio ?? null,
  };
}
