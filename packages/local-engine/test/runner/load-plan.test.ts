import { describe, expect, it } from 'vitest';
import { isSuitable, type LoadPlan, planLoad } from '../../src/runner/load-plan.js';
import { afterSign, isStalled, patienceMs } from '../../src/runner/stall.js';

const plan: LoadPlan = { contextTokens: 4_096, batchTokens: null, gpuLayers: null };

describe('plan of a load', () => {
  it.each([
    ['the same', { contextTokens: 4_096 }, true],
    ['less context', { contextTokens: 512 }, true],
    ['more context', { contextTokens: 4_097 }, false],
    ['nothing said', { contextTokens: 512, batchTokens: null, gpuLayers: null }, true],
    ['another batch', { contextTokens: 512, batchTokens: 256 }, false],
    ['other layers', { contextTokens: 512, gpuLayers: 0 }, false],
  ])('does for %s: %j is %j', (_, wish, does) => {
    expect(isSuitable(plan, wish)).toBe(does);
    expect(isSuitable(planLoad(wish, plan), wish)).toBe(true);
  });

  it('keeps what a call does not ask for, and never shrinks the context', () => {
    expect(planLoad({ contextTokens: 512, gpuLayers: 3 }, { ...plan, batchTokens: 64 })).toEqual({
      ...{ contextTokens: 4_096, batchTokens: 64, gpuLayers: 3 },
    });
    expect(planLoad({ contextTokens: 512 }, null)).toEqual({ contextTokens: 512, batchTokens: null, gpuLayers: null });
  });
});

describe('patience with a call', () => {
  it('is a minute, or five times the longest silence that ended', () => {
    expect([0, 1_000, 12_000, 50_000].map(patienceMs)).toEqual([60_000, 60_000, 60_000, 250_000]);
  });

  it('begins again with each sign', () => {
    let signs = { lastSignAtMs: 0, longestGapMs: 0 };
    expect([60_000, 60_001].map((nowMs) => isStalled(signs, nowMs))).toEqual([false, true]);
    signs = afterSign(signs, 20_000);
    signs = afterSign(signs, 25_000);
    expect(signs).toEqual({ lastSignAtMs: 25_000, longestGapMs: 20_000 });
    expect([125_000, 125_001].map((nowMs) => isStalled(signs, nowMs))).toEqual([false, true]);
  });
});
