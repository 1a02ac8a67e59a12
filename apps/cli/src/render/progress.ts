import { formatDuration } from '../duration.js';
import { formatBytes } from './numbers.js';

/** How far something with a length in bytes has come. */
export interface ByteProgress {
  readonly completedBytes: number | null;
  readonly totalBytes: number | null;
  readonly etaMs: number | null;
}

/** `[#####-----] 41 %  118 MB of 288 MB  4.1 MB/s  ~40 s`, as far as it is known. */
export function renderProgress(progress: ByteProgress, bytesPerSecond: number | null, barColumns: number): string {
  const { completedBytes, totalBytes, etaMs } = progress;
  const parts: string[] = [];
  const ratio = progressRatio(progress);
  if (ratio !== null) {
    const filled = Math.round(ratio * barColumns);
    if (barColumns > 0) parts.push(`[${'#'.repeat(filled)}${'-'.repeat(barColumns - filled)}]`);
    parts.push(`${Math.floor(ratio * 100)} %`);
  }
  if (completedBytes !== null) {
    parts.push(
      totalBytes === null
        ? formatBytes(completedBytes)
        : `${formatBytes(completedBytes)} of ${formatBytes(totalBytes)}`,
    );
  }
  if (bytesPerSecond !== null && bytesPerSecond > 0) parts.push(`${formatBytes(bytesPerSecond)}/s`);
  if (etaMs !== null) parts.push(`~${formatDuration(etaMs)}`);
  return parts.join('  ');
}

/** 0–1, or `null` where the length is unknown. */
export function progressRatio({ completedBytes, totalBytes }: ByteProgress): number | null {
  if (completedBytes === null || totalBytes === null || totalBytes <= 0) return null;
  return Math.min(1, Math.max(0, completedBytes / totalBytes));
}

/** Decides when a line is due where a bar cannot move: at each tenth, after 10 s of silence, and when the subject changes. */
export function createLinePacer(everyMs = 10_000) {
  let subject: string | null = null;
  let tenth = -1;
  let saidAtMs = 0;
  return {
    isDue(nowMs: number, about: string, ratio: number | null): boolean {
      const nowTenth = ratio === null ? -1 : Math.floor(ratio * 10);
      const due = about !== subject || nowTenth > tenth || nowMs - saidAtMs >= everyMs;
      if (!due) return false;
      subject = about;
      tenth = nowTenth;
      saidAtMs = nowMs;
      return true;
    },
  };
}

/** Bytes per second as an exponentially weighted mean, about the last 5 s; `null` before the second sample. */
export function createRateMeter(halfLifeMs = 3_000) {
  let last: { atMs: number; bytes: number } | null = null;
  let rate: number | null = null;
  return {
    update(nowMs: number, bytes: number): number | null {
      if (last === null || bytes < last.bytes) {
        last = { atMs: nowMs, bytes };
        rate = null;
        return null;
      }
      const elapsedMs = nowMs - last.atMs;
      if (elapsedMs < 100) return rate;
      const sample = ((bytes - last.bytes) / elapsedMs) * 1_000;
      const weight = 1 - 0.5 ** (elapsedMs / halfLifeMs);
      rate = rate === null ? sample : rate + weight * (sample - rate);
      last = { atMs: nowMs, bytes };
      return rate;
    },
  };
}
