import type { Nudge, NudgePort } from '../types.js';

/** Carries nudges between queues of one process, as calls between servers do. */
export interface NudgeHub {
  /** The port of one queue: it hears what the others send. */
  port(): NudgePort;
  /** All nudges so far. */
  readonly sent: readonly Nudge[];
}

/** Makes a hub without ports. */
export function createNudgeHub(): NudgeHub {
  const sent: Nudge[] = [];
  const listeners = new Map<object, (nudge: Nudge) => void>();
  return {
    sent,
    port() {
      const own = {};
      return {
        send(nudge) {
          sent.push(nudge);
          for (const [owner, listener] of listeners) if (owner !== own) queueMicrotask(() => listener(nudge));
        },
        on(listener) {
          listeners.set(own, listener);
          return () => void listeners.delete(own);
        },
      };
    },
  };
}
