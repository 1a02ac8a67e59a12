import { setTimeout as sleep } from 'node:timers/promises';
import type { RuntimeServer } from '@tale/supervisor';
import { CommandError } from '../command-error.js';
import { findServer, inspectRuntime, isAlive } from '../gateway/runtime.js';
import { monotonicMs } from '../monotonic.js';
import { findLockHolder } from './held-lock.js';
import { isRunning } from './is-running.js';

const pollMs = 100;

/**
 * Stops the servers of a data folder and waits until their processes are gone; resolves with how many there were. Without a
 * supervisor they stop by themselves; one that still answers with its own nonce gets SIGTERM.
 *
 * @throws {@link CommandError} `timeout` if some process is still there after `waitMs`
 */
export async function stopServers(dataFolder: string, signal?: AbortSignal, waitMs = 45_000): Promise<number> {
  const { runtime, isDamaged } = inspectRuntime(dataFolder);
  if (isDamaged || !runtime) return stopByLock(); // it is written only once the first things are under way
  const running = runtime.servers.filter(({ pid }) => isRunning(pid));
  const supervisor = await findServer(runtime, 'supervisor', signal);
  // A pid of an old file may have gone to another program: without a supervisor only who answers with its nonce counts.
  const watched = supervisor ? running : await filterAlive(running);
  if (supervisor) await stopBySupervisor();
  else for (const { pid } of watched) terminate(pid);
  await waitUntilGone(watched);
  return watched.length;

  /** Without a readable `runtime.json` the lock says whether servers run; their supervisor ends its children. */
  async function stopByLock(): Promise<number> {
    const pid = findLockHolder(dataFolder);
    if (pid === null) return 0;
    terminate(pid);
    await waitUntilGone([{ name: 'supervisor', pid }]);
    return 1;
  }

  async function stopBySupervisor(): Promise<void> {
    try {
      await supervisor!.post('/v1/servers/stop', {}, { timeoutMs: waitMs, ...(signal ? { signal } : {}) });
    } catch (error) {
      // It may be gone before its answer is.
      if (!(error instanceof CommandError) || !error.envelope.retryable) throw error;
    }
  }

  async function waitUntilGone(servers: readonly Pick<RuntimeServer, 'name' | 'pid'>[]): Promise<void> {
    const endMs = monotonicMs() + waitMs;
    for (;;) {
      const left = servers.filter(({ pid }) => isRunning(pid));
      if (left.length === 0) return;
      if (monotonicMs() > endMs) {
        const names = left.map(({ name, pid }) => `${name} (pid ${pid})`).join(', ');
        throw new CommandError('timeout', `Still running after ${Math.round(waitMs / 1_000)} s: ${names}.`, {
          details: { left },
          retryable: true,
        });
      }
      await sleep(pollMs, undefined, signal ? { signal } : {}).catch(() => signal?.throwIfAborted());
    }
  }
}

async function filterAlive(servers: readonly RuntimeServer[]): Promise<RuntimeServer[]> {
  const alive = await Promise.all(servers.map((server) => isAlive(server)));
  return servers.filter((_, at) => alive[at]);
}

function terminate(pid: number): void {
  try {
    process.kill(pid, 'SIGTERM');
  } catch {
    // it ended meanwhile
  }
}
