import { describe, expect, it } from 'vitest';
import { DriftWatch } from '../../src/residency/drift-watch.js';

const minuteMs = 60_000;
const found = (foundTokens: number | null, nowMs = 0, more: { isIdle?: boolean; canKeepLarger?: boolean } = {}) => ({
  wantedTokens: 8192,
  foundTokens,
  isIdle: true,
  canKeepLarger: true,
  nowMs,
  ...more,
});

describe('DriftWatch', () => {
  it('the own context, and one that the server does not tell, need nothing', () => {
    const watch = new DriftWatch();
    expect(watch.check(found(8192))).toBe('none');
    expect(watch.check(found(null))).toBe('none');
    expect(watch.adoptedTokens).toBeNull();
  });

  it('a smaller one is reloaded three times in ten minutes, then adopted until it changes', () => {
    const watch = new DriftWatch();
    expect([0, 1, 2].map((minute) => watch.check(found(4096, minute * minuteMs)))).toEqual([
      'reload',
      'reload',
      'reload',
    ]);
    expect(watch.check(found(4096, 3 * minuteMs))).toBe('adopt');
    expect(watch.adoptedTokens).toBe(4096);
    expect(watch.check(found(4096, 20 * minuteMs))).toBe('none');
    expect(watch.check(found(8192, 20 * minuteMs))).toBe('none');
    expect(watch.adoptedTokens).toBeNull();
    expect(watch.check(found(4096, 21 * minuteMs))).toBe('reload');
  });

  it('three reloads that lie further apart are no thrash', () => {
    const watch = new DriftWatch();
    for (let count = 0; count < 9; count += 1) expect(watch.check(found(4096, count * 5 * minuteMs))).toBe('reload');
  });

  it('a model at work is left alone', () => {
    const watch = new DriftWatch();
    expect(watch.check(found(4096, 0, { isIdle: false }))).toBe('none');
    expect(watch.check(found(4096, 1))).toBe('reload');
  });

  it('a larger one is adopted at once, also at work, for it can do all that ours can', () => {
    const watch = new DriftWatch();
    expect(watch.check(found(32_768, 0, { isIdle: false }))).toBe('adopt');
    expect(watch.check(found(32_768, 1))).toBe('none');
    expect(watch.adoptedTokens).toBe(32_768);
  });

  it('a larger one that takes the memory of another model is reloaded', () => {
    const watch = new DriftWatch();
    expect(watch.check(found(32_768, 0, { canKeepLarger: false }))).toBe('reload');
    expect(watch.adoptedTokens).toBeNull();
  });

  it('a model that left forgets what was adopted, not how often it was reloaded', () => {
    const watch = new DriftWatch();
    for (let count = 0; count < 3; count += 1) watch.check(found(4096, count));
    watch.check(found(4096, 3));
    watch.forget();
    expect(watch.adoptedTokens).toBeNull();
    expect(watch.check(found(4096, 4))).toBe('adopt');
  });
});
