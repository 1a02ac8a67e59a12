import { expect, it } from 'vitest';
import { downloadProgress } from '../../src/models/download-progress.js';
import type { Report } from '../../src/models/setup.js';

it('reports bytes and remaining time, at most five times a second', () => {
  let nowMs = 0;
  const reports: Parameters<Report>[0][] = [];
  const follow = downloadProgress(
    'm',
    (progress) => reports.push(progress),
    () => nowMs,
  );
  for (let bytes = 0; bytes <= 2_000; bytes += 10) {
    follow('pulling', bytes, 2_000);
    nowMs += 10;
  }
  expect(reports.length).toBeLessThanOrEqual(12);
  expect(reports[2]).toMatchObject({ phase: 'download', name: 'm', totalBytes: 2_000, etaMs: null });
  const late = reports[7];
  expect(late?.etaMs).toBeCloseTo(2_000 - (late?.completedBytes ?? 0), -1);
  expect(reports.at(-1)).toMatchObject({ completedBytes: 2_000, etaMs: 0 });
});

it('reports a new phase at once, and nothing about time while nothing is known', () => {
  const reports: Parameters<Report>[0][] = [];
  const follow = downloadProgress(
    'm',
    (progress) => reports.push(progress),
    () => 0,
  );
  follow('pulling manifest', null, null);
  follow('verifying sha256 digest', 10, 10);
  expect(reports).toMatchObject([
    { phase: 'download', completedBytes: null, etaMs: null },
    { phase: 'verify', completedBytes: 10 },
  ]);
});
