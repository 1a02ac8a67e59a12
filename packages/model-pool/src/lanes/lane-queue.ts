import type { Clock } from '../types.js';
import type { Grant, LaneEntry } from './grant.js';
import { LaneScheduler } from './scheduler.js';

/** A granted place; `release` gives it back and may be called twice. */
export interface LanePlace {
  /** Why it was granted. */
  readonly reason: Grant['reason'];
  /** Gives the slot back. */
  release(): void;
}

interface Waiter {
  granted(reason: Grant['reason']): void;
  moved(position: number, etaMs: number | null): void;
}

/** The scheduler as promises. */
export class LaneQueue {
  readonly #waiters = new Map<string, Waiter>();
  readonly scheduler: LaneScheduler;

  constructor(clock: Clock) {
    this.scheduler = new LaneScheduler({
      monotonicMs: () => clock.monotonicMs(),
      after: (delayMs, callback) => clock.after(delayMs, callback),
      grant: (entry, reason) => this.#waiters.get(entry.id)?.granted(reason),
      moved: (entry, position, etaMs) => this.#waiters.get(entry.id)?.moved(position, etaMs),
    });
  }

  /** Waits for a place. Rejects with the signal's reason, or `overloaded`; an aborted entry leaves at once. */
  acquire(entry: LaneEntry, signal: AbortSignal, onMoved: Waiter['moved']): Promise<LanePlace> {
    return new Promise((resolve, reject) => {
      const onAbort = () => {
        this.#waiters.delete(entry.id);
        this.scheduler.leave(entry);
        reject(signal.reason);
      };
      if (signal.aborted) {
        reject(signal.reason);
        return;
      }
      signal.addEventListener('abort', onAbort, { once: true });
      this.#waiters.set(entry.id, {
        moved: onMoved,
        granted: (reason) => {
          this.#waiters.delete(entry.id);
          signal.removeEventListener('abort', onAbort);
          resolve({ reason, release: () => this.scheduler.release(entry) });
        },
      });
      try {
        this.scheduler.enter(entry);
      } catch (error) {
        this.#waiters.delete(entry.id);
        signal.removeEventListener('abort', onAbort);
        reject(error);
      }
    });
  }
}
