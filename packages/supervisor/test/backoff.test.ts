import { describe, expect, it } from 'vitest';
import { backoffMs, isCrashLoop, recentExits } from '../src/backoff.js';

describe('backoffMs', () => {
  it('doubles from 0.2 s to 5 s', () => {
    expect([0, 1, 2, 3, 4, 5, 6, 100].map((attempt) => backoffMs(attempt, 0.5))).toEqual([
      200, 400, 800, 1_600, 3_200, 5_000, 5_000, 5_000,
    ]);
  });

  it('lies within 20 % of that', () => {
    expect([backoffMs(0, 0), backoffMs(0, 0.999_999)]).toEqual([160, 240]);
    expect([backoffMs(9, 0), backoffMs(9, 0.999_999)]).toEqual([4_000, 6_000]);
  });
});

describe('crash loop', () => {
  it('is five exits within a minute', () => {
    let exits: readonly number[] = [];
    for (const atMs of [0, 10_000, 20_000, 30_000]) exits = recentExits(exits, atMs);
    expect(isCrashLoop(exits)).toBe(false);
    expect(isCrashLoop(recentExits(exits, 59_999))).toBe(true);
    expect(isCrashLoop(recentExits(exits, 60_000))).toBe(false);
  });
});
