import type { Clock } from './types.js';

/** A timer that fires so late was not the other side's fault: this process or the whole machine stood still. */
const LATE_MS = 2_000;

/** Whether a timer due at `dueAtMs` fired so late that nothing can be held against another process. */
export function isLate(dueAtMs: number, nowMs: number): boolean {
  return nowMs - dueAtMs > LATE_MS;
}

/**
 * Calls `callback` after `delayMs`. If this process did not run when it was due (machine asleep, SIGSTOP), the whole delay is
 * granted once more, since the process that is judged by it may not have run either. Returns a function that takes it back.
 */
export function startDeadline(clock: Pick<Clock, 'now' | 'after'>, delayMs: number, callback: () => void): () => void {
  let cancel = () => {};
  const arm = () => {
    const dueAtMs = clock.now() + delayMs;
    cancel = clock.after(delayMs, () => (isLate(dueAtMs, clock.now()) ? arm() : callback()));
  };
  arm();
  return () => cancel();
}

/** Calls `tick` each second with whether this process was late itself. Returns a function that ends it. */
export function startTicker(clock: Pick<Clock, 'now' | 'after'>, tick: (late: boolean) => void): () => void {
  const intervalMs = 1_000;
  let cancel = () => {};
  let isEnded = false;
  const arm = () => {
    const dueAtMs = clock.now() + intervalMs;
    cancel = clock.after(intervalMs, () => {
      if (isEnded) return;
      const late = isLate(dueAtMs, clock.now());
      arm();
      tick(late);
    });
  };
  arm();
  return () => {
    isEnded = true;
    cancel();
  };
}

/** The system's time. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonicMs: () => performance.now(),
  after(delayMs, callback) {
    const timer = setTimeout(callback, delayMs);
    return () => clearTimeout(timer);
  },
};
