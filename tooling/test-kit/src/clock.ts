/** A clock that moves only when it is told to; timers fire in order of their time while it moves. */
export interface ManualClock {
  /** The present instant, epoch ms. */
  now(): number;
  /** Calls `callback` once the clock has moved by `delayMs`. Returns a function that takes the timer back. */
  after(delayMs: number, callback: () => void): () => void;
  /** Moves the clock and fires what is due; awaits one turn of the event loop after each timer. */
  advance(ms: number): Promise<void>;
}

/** A manual clock that starts at `startMs`. */
export function manualClock(startMs = 1_800_000_000_000): ManualClock {
  let nowMs = startMs;
  let timers: { atMs: number; callback: () => void }[] = [];
  return {
    now: () => nowMs,
    after(delayMs, callback) {
      const timer = { atMs: nowMs + delayMs, callback };
      timers.push(timer);
      return () => {
        timers = timers.filter((other) => other !== timer);
      };
    },
    async advance(ms) {
      const endMs = nowMs + ms;
      for (;;) {
        const due = timers.filter((timer) => timer.atMs <= endMs).sort((a, b) => a.atMs - b.atMs)[0];
        if (!due) break;
        timers = timers.filter((timer) => timer !== due);
        nowMs = Math.max(nowMs, due.atMs);
        due.callback();
        await new Promise((resolve) => setImmediate(resolve));
      }
      nowMs = endMs;
    },
  };
}
