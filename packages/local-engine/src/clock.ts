import type { Clock } from './types.js';

/** The system's time. Timers keep no process alive: whoever waits holds a socket or a child. */
export const systemClock: Clock = {
  now: Date.now,
  after(delayMs, callback) {
    const timer = setTimeout(callback, delayMs);
    timer.unref();
    return () => clearTimeout(timer);
  },
};
