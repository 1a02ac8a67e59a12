import { hostname } from 'node:os';
import type { Script } from '../queries/types.js';
import type { Clock, Logger, Recovery } from '../types.js';
import { type ProcessRow, seeProcess } from './open-call.js';
import { judgeProcess, recoverProcess, type SeenProcess } from './recover.js';
import type { RunTransaction } from './transactions.js';

const heartbeatMs = 5_000;

/** This process among those that write to the file. */
export interface Presence {
  /** The write that registers this process, once: part of the transaction of its first call. */
  register(): Script<void>;
  /** Begins the heartbeat, once. Called after the commit of `register`. */
  registered(): void;
  /** Closes the open calls of those among `processes` that have ended. */
  recover(processes: readonly SeenProcess[], signal: AbortSignal | undefined): Promise<Recovery>;
  /** Stops the heartbeat and takes the registration back. Never rejects. */
  close(): Promise<void>;
}

export interface PresenceOptions {
  readonly processId: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly transact: RunTransaction;
  /** Runs before each heartbeat; false leaves the heartbeat out. */
  readonly beforeBeat: () => Promise<boolean>;
}

/** Makes the {@link Presence} of this process. */
export function createPresence({ processId, clock, logger, transact, beforeBeat }: PresenceOptions): Presence {
  const row: ProcessRow = { processId, pid: process.pid, host: hostname(), startedAtMs: Math.round(clock.now()) };
  const firstSeen = new Map<string, { seenAtMs: number | null; atMs: number }>();
  let isRegistered = false;
  let closed = false;
  let cancelTimer = () => {};

  function* see(): Script<void> {
    yield seeProcess(row, clock.monotonic());
  }

  async function beat(): Promise<void> {
    try {
      if ((await beforeBeat()) && !closed) await transact(see);
    } catch (error) {
      logger.warn({ err: error }, 'the heartbeat could not be stored');
    }
    schedule();
  }

  const schedule = () => {
    if (!closed) cancelTimer = clock.after(heartbeatMs, () => void beat());
  };

  const unchangedMs = ({ processId: id, seenAtMs }: SeenProcess) => {
    const nowMs = clock.monotonic();
    const known = firstSeen.get(id);
    if (known?.seenAtMs === seenAtMs) return nowMs - known.atMs;
    firstSeen.set(id, { seenAtMs, atMs: nowMs });
    return 0;
  };

  return {
    *register() {
      if (!isRegistered) yield* see();
    },
    registered() {
      if (isRegistered) return;
      isRegistered = true;
      schedule();
    },
    async recover(processes, signal) {
      const recovery: Recovery = { processes: 0, calls: 0 };
      for (const seen of processes) {
        signal?.throwIfAborted();
        const observer = { processId, host: row.host, monotonicMs: clock.monotonic(), isAlive, unchangedMs };
        const verdict = judgeProcess(seen, observer);
        if (verdict === 'alive') continue;
        const calls = await transact(() => recoverProcess(seen, verdict === 'ended'));
        firstSeen.delete(seen.processId);
        recovery.calls += calls;
        if (calls > 0 || verdict === 'ended') recovery.processes++;
      }
      return recovery;
    },
    async close() {
      closed = true;
      cancelTimer();
      if (!isRegistered) return;
      try {
        await transact(function* leave(): Script<void> {
          yield { sql: 'DELETE FROM tokens_processes WHERE process_id = ?', parameters: [processId] };
        });
      } catch (error) {
        logger.debug({ err: error }, 'the registration stays until another process recovers');
      }
    },
  };
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
