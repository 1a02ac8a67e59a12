import type { Report } from './setup.js';

/** Reports at most this often. */
const reportEveryMs = 200;

/** Follows one download: bytes and remaining time from its rate of the last seconds. */
export function downloadProgress(
  name: string,
  report: Report,
  now: () => number,
  phase: 'download' | 'runtime' = 'download',
) {
  const rate = createRate(now);
  let reportedAtMs = Number.NEGATIVE_INFINITY;
  let reportedStatus = '';
  return (status: string, completedBytes: number | null, totalBytes: number | null): void => {
    rate.see(completedBytes ?? 0);
    const isNew = status !== reportedStatus || completedBytes === totalBytes;
    if (!isNew && now() - reportedAtMs < reportEveryMs) return;
    reportedAtMs = now();
    reportedStatus = status;
    const etaMs = completedBytes === null || totalBytes === null ? null : rate.etaMs(totalBytes - completedBytes);
    const actual = status.startsWith('verifying') ? 'verify' : phase;
    report({ phase: actual, name, message: `${name}: ${status}`, completedBytes, totalBytes, etaMs });
  };
}

const smoothingMs = 5_000;
/** A rate of less time than this says nothing about the rest. */
const leastMs = 1_000;

/** Bytes a ms, smoothed. */
function createRate(now: () => number) {
  let first: { atMs: number; bytes: number } | null = null;
  let last: { atMs: number; bytes: number } | null = null;
  let bytesPerMs: number | null = null;
  return {
    see(bytes: number): void {
      const atMs = now();
      first ??= { atMs, bytes };
      if (last && bytes > last.bytes && atMs > last.atMs) {
        const present = (bytes - last.bytes) / (atMs - last.atMs);
        const weight = Math.min(1, (atMs - last.atMs) / smoothingMs);
        bytesPerMs = bytesPerMs === null ? present : bytesPerMs + (present - bytesPerMs) * weight;
      }
      if (!last || bytes > last.bytes) last = { atMs, bytes };
    },
    etaMs(bytesLeft: number): number | null {
      const isKnown = first !== null && now() - first.atMs >= leastMs;
      return !isKnown || bytesPerMs === null || bytesPerMs <= 0 ? null : Math.round(bytesLeft / bytesPerMs);
    },
  };
}
