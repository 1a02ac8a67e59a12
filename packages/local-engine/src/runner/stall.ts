import type { RunnerCall } from './protocol.js';

/** When a call last gave a sign of life. */
export interface CallSigns {
  readonly lastSignAtMs: number;
  /** The longest silence so far that a sign ended. */ readonly longestGapMs: number;
}

const leastMs = 60_000;
const patience = 5;

/** Silence that is expected of a call from the start: a vector and a decision are computed in one go. */
export function expectedGapMs({ kind }: RunnerCall): number {
  return kind === 'embed' || kind === 'decide' ? leastMs : 0;
}

/** How long a call may be silent: a minute, or five times what its model took for a slice or a token before. */
export function patienceMs(longestGapMs: number): number {
  return Math.max(leastMs, patience * longestGapMs);
}

/** Signs after one more of them. */
export function afterSign(signs: CallSigns, nowMs: number): CallSigns {
  return { lastSignAtMs: nowMs, longestGapMs: Math.max(signs.longestGapMs, nowMs - signs.lastSignAtMs) };
}

/** Whether a call is taken for dead. */
export function isStalled(signs: CallSigns, nowMs: number): boolean {
  return nowMs - signs.lastSignAtMs > patienceMs(signs.longestGapMs);
}
