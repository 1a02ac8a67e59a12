import { formatEta } from '../duration.js';
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
  if (isBeginning(completedBytes, ratio)) return '';
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
  if (ratio !== 1 && formatEta(etaMs) !== '') parts.push(formatEta(etaMs));
  return parts.join('  ');
}

/** 0–1, or `null` where the length is unknown. */
export function progressRatio({ completedBytes, totalBytes }: ByteProgress): number | null {
  if (completedBytes === null || totalBytes === null || totalBytes <= 0) return null;
  return Math.min(1, Math.max(0, completedBytes / totalBytes));
}

const fewBytes = 65_536;

/** Nothing of the content is here yet: an answer's head, at most. */
function isBeginning(completedBytes: number | null, ratio: number | null): boolean {
  if (completedBytes === null) return true;
  return completedBytes === 0 || (ratio !== null && ratio < 0.01 && completedBytes < fewBytes);
}

/** Decides when a line is due where a bar cannot move: for each new subject, at each of its tenths, and every 10 s. */
export function createLinePacer(everyMs = 10_000) {
  const known = new Map<string, { tenth: number; saidAtMs: number }>();
  return {
    isDue(nowMs: number, subject: string, ratio: number | null): boolean {
      const before = known.get(subject);
      const tenth = ratio === null ? -1 : Math.floor(ratio * 10);
      const isDue = !before || tenth > before.tenth || nowMs - before.saidAtMs >= everyMs;
      if (isDue) known.set(subject, { tenth, saidAtMs: nowMs });
      return isDue;
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
