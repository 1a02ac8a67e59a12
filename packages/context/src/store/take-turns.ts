import { setImmediate as nextTurn } from 'node:timers/promises';

const longestMs = 10;

/**
 * Makes a call that waits for the next turn of the event loop once the work since the first call of this turn has taken 10 ms. SQLite
 * answers at once, so a chain of queries would let nothing else of the process run until its end.
 */
export function createTurns(now: () => number = () => performance.now()): () => Promise<void> {
  let sinceMs: number | null = null;

  function begin(): void {
    sinceMs = now();
    void nextTurn().then(() => {
      sinceMs = null;
    });
  }

  return async () => {
    if (sinceMs !== null && now() - sinceMs >= longestMs) await nextTurn();
    if (sinceMs === null) begin();
  };
}
