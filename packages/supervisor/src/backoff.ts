const FIRST_MS = 200;
const LONGEST_MS = 5_000;
const JITTER = 0.2;

/** Pause before restart number `attempt` (from 0): 0.2, 0.4 … 5 s, ± 20 % by `random` in [0, 1). */
export function backoffMs(attempt: number, random: number): number {
  const baseMs = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(attempt, 10));
  return Math.round(baseMs * (1 - JITTER + 2 * JITTER * random));
}

const WINDOW_MS = 60_000;
const EXITS = 5;

/** The exits of the last minute, the new one included. */
export function recentExits(exitsAtMs: readonly number[], nowMs: number): readonly number[] {
  return [...exitsAtMs.filter((atMs) => nowMs - atMs < WINDOW_MS), nowMs];
}

/** Whether that many exits in a minute mean that another restart is pointless. */
export function isCrashLoop(exitsAtMs: readonly number[]): boolean {
  return exitsAtMs.length >= EXITS;
}
