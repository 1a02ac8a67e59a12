import { join } from 'node:path';
import { getJson } from '@tale/mcp-transport/light';
import { type RuntimeFile, type RuntimeServer, readRuntimeFile, SupervisorError } from '@tale/supervisor';
import { CommandError } from '../command-error.js';
import { createServerClient, type ServerClient } from './server-client.js';
import { findUnsafe } from './unsafe-runtime.js';

/** What `runtime.json` of a data folder is. */
export interface RuntimeState {
  /** `null` where no supervisor runs, and where nobody can say. */
  readonly runtime: RuntimeFile | null;
  /** Whether there is a file that this version cannot read: torn, empty, or of a newer tale. The next start replaces it. */
  readonly isDamaged: boolean;
}

/**
 * Looks at `runtime.json`. One that is damaged counts as none: no start may depend on it.
 *
 * @throws {@link CommandError} `runtime-file-unsafe` for a link, a file of another user or one open to others
 */
export function inspectRuntime(dataFolder: string): RuntimeState {
  try {
    return { runtime: readRuntimeFile(dataFolder), isDamaged: false };
  } catch (error) {
    if (!SupervisorError.isInstance(error)) throw error;
    const path = join(dataFolder, 'runtime.json');
    const unsafe = findUnsafe(path);
    if (!unsafe) return { runtime: null, isDamaged: true };
    throw new CommandError('runtime-file-unsafe', `${path} is not used: ${unsafe.why}.`, {
      cause: error,
      hint: unsafe.command,
      details: { path },
    });
  }
}

/** What `runtime.json` of the data folder says; `null` where no supervisor runs. */
export function readRuntime(dataFolder: string): RuntimeFile | null {
  return inspectRuntime(dataFolder).runtime;
}

/** A client of a running server, or `null` if there is none: no entry, no answer, or a stranger on its port. */
export async function findServer(
  runtime: RuntimeFile | null,
  name: string,
  signal?: AbortSignal,
): Promise<ServerClient | null> {
  const entry = runtime?.servers.find((server) => server.name === name);
  return entry && (await isAlive(entry, signal)) ? trustServer(runtime, name) : null;
}

/** A client of a server of a runtime file of which another server was found alive just now. */
export function trustServer(runtime: RuntimeFile | null, name: string): ServerClient | null {
  const entry = runtime?.servers.find((server) => server.name === name);
  return runtime && entry ? createServerClient({ name, url: entry.url, token: runtime.token }) : null;
}

/** Whether the process of the entry is the one that answers there; the token is sent to nobody else. */
export async function isAlive(entry: RuntimeServer, signal?: AbortSignal): Promise<boolean> {
  try {
    const health = await getJson<{ nonce?: unknown }>({
      url: entry.url,
      path: '/health',
      timeoutMs: 5_000,
      ...(signal ? { signal } : {}),
    });
    return health.nonce === entry.nonce;
  } catch {
    signal?.throwIfAborted();
    return false;
  }
}

/** The error of a command that cannot do its work without the servers. */
export function serversDown(): CommandError {
  return new CommandError('servers-down', 'The servers are not running.', {
    hint: 'tale servers start',
    retryable: true,
  });
}
