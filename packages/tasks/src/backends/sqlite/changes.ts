import type { Logger, Nudge, NudgePort } from '../../types.js';

const sweepMs = 1_000;
const pollMs = 10;

/** Tells when something may have changed: own writes and nudges at once, other processes' writes soon, sweeps in any case. */
export interface Changes {
  /** Rises with every change; to be read before looking at the database. */
  readonly count: number;
  /** Tells waiters here, and other processes by the port. */
  announce(nudges: readonly Nudge[]): void;
  watch(listener: (change: Nudge | null) => void): () => void;
  /** Resolves once `count` has risen above `seen`, after `timeoutMs`, or when the signal is aborted. */
  after(seen: number, signal: AbortSignal, timeoutMs: number): Promise<void>;
  close(): void;
}

/** `readVersion` answers a number that changes with every write of another connection. */
export function createChanges(options: {
  readVersion: () => Promise<number>;
  nudge: NudgePort | null;
  logger: Logger;
}): Changes {
  const { readVersion, nudge, logger } = options;
  const listeners = new Set<(change: Nudge | null) => void>();
  const unsubscribe = nudge?.on((received) => tell(received));
  const intervalMs = nudge ? sweepMs : pollMs;
  let count = 0;
  let closed = false;
  let timer: NodeJS.Timeout | null = null;
  let polling = false;
  let version: number | null = null;
  let sweptAtMs = 0;

  function tell(change: Nudge | null): void {
    count += 1;
    for (const listener of [...listeners]) {
      try {
        listener(change);
      } catch (error) {
        logger.error({ error }, 'a watcher threw');
      }
    }
  }

  async function poll(): Promise<void> {
    timer = null;
    polling = true;
    try {
      const latest = await readVersion();
      const due = performance.now() - sweptAtMs >= sweepMs;
      if (version !== latest || due) {
        version = latest;
        sweptAtMs = performance.now();
        if (!closed) tell(null);
      }
    } catch (error) {
      logger.warn({ error }, 'cannot look for changes; trying again');
    }
    polling = false;
    arm();
  }

  // Nobody looks while nobody waits.
  function arm(): void {
    if (closed || polling || timer || listeners.size === 0) return;
    timer = setTimeout(() => void poll(), intervalMs);
  }

  function watch(listener: (change: Nudge | null) => void): () => void {
    listeners.add(listener);
    arm();
    return () => {
      listeners.delete(listener);
      if (listeners.size > 0 || !timer) return;
      clearTimeout(timer);
      timer = null;
    };
  }

  async function send(sent: Nudge): Promise<void> {
    try {
      await nudge?.send(sent);
    } catch (error) {
      logger.warn({ error, taskId: sent.taskId }, 'a nudge was not sent; the sweep makes up for it');
    }
  }

  return {
    get count() {
      return count;
    },
    announce(nudges) {
      for (const sent of nudges) {
        tell(sent);
        void send(sent);
      }
    },
    watch,
    after: (seen, signal, timeoutMs) =>
      new Promise((resolve) => {
        if (count > seen || signal.aborted || closed) return resolve();
        const done = () => {
          clearTimeout(timeout);
          signal.removeEventListener('abort', done);
          unwatch();
          resolve();
        };
        const timeout = setTimeout(done, timeoutMs);
        signal.addEventListener('abort', done);
        const unwatch = watch(done);
      }),
    close() {
      if (closed) return;
      closed = true;
      unsubscribe?.();
      if (timer) clearTimeout(timer);
      tell(null);
    },
  };
}
