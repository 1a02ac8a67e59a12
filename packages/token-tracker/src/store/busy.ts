import { setTimeout as sleep } from 'node:timers/promises';

const mostMs = 1_500;
const longestPauseMs = 40;

/**
 * Tries a write again while another connection holds the write lock, for at most 1.5 s. It waits without blocking, because the holder may be
 * an asynchronous transaction of this very process. Rejects with the last error.
 */
export async function retryBusy<Result>(
  startedAtMs: number,
  write: () => Result | Promise<Result>,
  random: () => number = Math.random,
): Promise<Result> {
  for (let pauseMs = 2; ; pauseMs = Math.min(longestPauseMs, pauseMs * 2)) {
    await sleep(1 + pauseMs * random());
    try {
      return await write();
    } catch (error) {
      if (!isBusy(error) || performance.now() - startedAtMs > mostMs) throw error;
    }
  }
}

/** Whether another connection, or another user of this one, holds the lock. */
export function isBusy(error: unknown): boolean {
  return errorCode(error).startsWith('SQLITE_BUSY');
}

/** Whether the store refuses these values and would refuse them again. */
export function isImpossible(error: unknown): boolean {
  return (
    error instanceof TypeError ||
    error instanceof RangeError ||
    /^SQLITE_(CONSTRAINT|MISMATCH|TOOBIG)/.test(errorCode(error))
  );
}

function errorCode(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}
