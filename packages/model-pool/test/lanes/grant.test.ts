import { describe, expect, it } from 'vitest';
import type { Lane } from '../../src/index.js';
import { estimateWaitMs } from '../../src/lanes/eta.js';
import { chooseGrant, type GrantView, type LaneEntry } from '../../src/lanes/grant.js';

const nowMs = 100_000;
const entry = (lane: Lane, ageMs = 0): LaneEntry => ({
  id: lane,
  lane,
  slot: 's',
  slots: 1,
  device: 'd',
  enteredMs: nowMs - ageMs,
});
const view = (heads: GrantView['heads'], more: Partial<GrantView> = {}): GrantView => ({
  nowMs,
  heads,
  isUxRunning: false,
  grantsSinceAged: 0,
  ...more,
});

describe('chooseGrant', () => {
  const ux = entry('ux');
  const young = entry('planning', 5_000);
  const old = entry('planning', 31_000);
  const background = entry('background', 90_000);
  const rows: [string, GrantView, object][] = [
    ['ux comes first', view({ ux, planning: young, background }), { entry: ux, reason: 'first' }],
    ['planning comes before background', view({ planning: young, background }), { entry: young, reason: 'first' }],
    ['background goes when nobody else wants to', view({ background }), { entry: background, reason: 'first' }],
    [
      'no planning call starts beside a ux call, and the clock is asked when that changes',
      view({ planning: young, background }, { isUxRunning: true }),
      { recheckMs: 25_001 },
    ],
    ['no background call starts beside a ux call', view({ background }, { isUxRunning: true }), { recheckMs: null }],
    [
      'an old planning call starts beside a ux call',
      view({ planning: old }, { isUxRunning: true }),
      { entry: old, reason: 'aged' },
    ],
    [
      'an old planning call waits for two grants of others',
      view({ ux, planning: old }, { grantsSinceAged: 1 }),
      { entry: ux, reason: 'first' },
    ],
    [
      'an old planning call takes the third grant',
      view({ ux, planning: old }, { grantsSinceAged: 2 }),
      { entry: old, reason: 'aged' },
    ],
    [
      'a young planning call takes no grant of ux',
      view({ ux, planning: young }, { grantsSinceAged: 9 }),
      { entry: ux, reason: 'first' },
    ],
    ['nobody waits', view({}), { recheckMs: null }],
  ];
  for (const [name, given, expected] of rows) it(name, () => expect(chooseGrant(given)).toEqual(expected));
});

describe('estimateWaitMs', () => {
  it('nothing is known before the first call ended', () => {
    expect(estimateWaitMs({ position: 1, slots: 1, runningMs: [5], meanMs: null })).toBeNull();
  });
  it('the rest of the running call, then those ahead', () => {
    expect(estimateWaitMs({ position: 1, slots: 1, runningMs: [400], meanMs: 1_000 })).toBe(600);
    expect(estimateWaitMs({ position: 3, slots: 1, runningMs: [400], meanMs: 1_000 })).toBe(2_600);
    expect(estimateWaitMs({ position: 1, slots: 1, runningMs: [9_000], meanMs: 1_000 })).toBe(0);
    expect(estimateWaitMs({ position: 2, slots: 2, runningMs: [100, 700], meanMs: 1_000 })).toBe(300);
    expect(estimateWaitMs({ position: 1, slots: 2, runningMs: [100], meanMs: 1_000 })).toBe(0);
  });
});
