import { describe, expect, it } from 'vitest';
import { createLinePacer, createRateMeter, progressRatio, renderProgress } from '../../src/render/progress.js';

describe('renderProgress', () => {
  it('shows bar, share, bytes, rate and time left', () => {
    const progress = { completedBytes: 118e6, totalBytes: 288e6, etaMs: 41_000 };
    expect(renderProgress(progress, 4.1e6, 10)).toBe('[####------]  40 %  118 MB of 288 MB  4.1 MB/s  ~41.0 s');
    expect(renderProgress(progress, null, 0)).toBe('40 %  118 MB of 288 MB  ~41.0 s');
  });

  it('shows what is known of an unknown total', () => {
    expect(renderProgress({ completedBytes: 5e6, totalBytes: null, etaMs: null }, null, 10)).toBe('5.0 MB');
    expect(renderProgress({ completedBytes: null, totalBytes: null, etaMs: null }, null, 10)).toBe('');
  });

  it('has no figures before anything is here, and no time left at the end or beyond a day', () => {
    const line = (completedBytes: number, totalBytes: number | null, etaMs: number | null = null) =>
      renderProgress({ completedBytes, totalBytes, etaMs }, null, 0);
    expect(line(0, 100)).toBe('');
    expect(line(103, 288e6)).toBe('');
    expect(line(0, null)).toBe('');
    expect(line(5, 100)).toBe('5 %  5 B of 100 B');
    expect(line(100, 100, 3)).toBe('100 %  100 B of 100 B');
    expect(line(50, 100, 90_000_000)).toBe('50 %  50 B of 100 B');
    expect(line(50, 100, 900)).toBe('50 %  50 B of 100 B');
  });

  it('never passes the ends of the bar', () => {
    expect(progressRatio({ completedBytes: 9, totalBytes: 3, etaMs: null })).toBe(1);
    expect(progressRatio({ completedBytes: 9, totalBytes: 0, etaMs: null })).toBeNull();
  });
});

describe('createLinePacer', () => {
  it('is due at each tenth, after 10 s and for each new subject', () => {
    const pacer = createLinePacer();
    const due = [
      pacer.isDue(0, 'a', 0),
      pacer.isDue(100, 'a', 0.05),
      pacer.isDue(200, 'a', 0.11),
      pacer.isDue(300, 'a', 0.19),
      pacer.isDue(10_200, 'a', 0.19),
      pacer.isDue(10_300, 'b', null),
      pacer.isDue(10_400, 'b', null),
    ];
    expect(due).toEqual([true, false, true, false, true, true, false]);
  });
});

describe('createLinePacer with subjects in turn', () => {
  it('does not repeat a line within 10 s', () => {
    const pacer = createLinePacer();
    const due = [0, 100, 200, 300, 10_100].map((nowMs, at) => pacer.isDue(nowMs, at % 2 === 0 ? 'a' : 'b', null));
    expect(due).toEqual([true, true, false, false, true]);
    expect(pacer.isDue(10_200, 'a', null)).toBe(false);
  });
});

describe('createRateMeter', () => {
  it('follows the rate and begins anew with another file', () => {
    const meter = createRateMeter();
    expect(meter.update(0, 0)).toBeNull();
    expect(meter.update(1_000, 1_000)).toBe(1_000);
    expect(meter.update(1_050, 1_500)).toBe(1_000);
    expect(meter.update(4_000, 7_000)).toBe(1_500);
    expect(meter.update(5_000, 10)).toBeNull();
  });
});
