import type { Clock } from '../types.js';

/** A clock that moves only when it is told to. */
export interface ManualClock extends Clock {
  /** Moves the clock and fires what is due, in order; awaits one turn of the event loop after each timer. */
  advance(ms: number): Promise<void>;
}

/** A {@link ManualClock} that starts at `startMs`. */
export function manualClock(startMs = 1_800_000_000_000): ManualClock {
  let nowMs = startMs;
  const timers = new Set<{ readonly atMs: number; readonly callback: () => void }>();
  return {
    now: () => nowMs,
    after(delayMs, callback) {
      const timer = { atMs: nowMs + delayMs, callback };
      timers.add(timer);
      return () => timers.delete(timer);
    },
    async advance(ms) {
      const endMs = nowMs + ms;
      for (;;) {
        const [due] = [...timers].filter(({ atMs }) => atMs <= endMs).sort((a, b) => a.atMs - b.atMs);
        if (!due) break;
        timers.delete(due);
        nowMs = Math.max(nowMs, due.atMs);
        due.callback();
        await new Promise((resolve) => setImmediate(resolve));
      }
      nowMs = endMs;
    },
  };
}
