import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Lane } from '../../src/index.js';
import { agingMs, chooseGrant, type GrantView, type LaneEntry, lanes } from '../../src/lanes/grant.js';

const nowMs = 1_000_000;

const entry = (lane: Lane, ageMs = 0): LaneEntry => ({
  id: lane,
  lane,
  slot: 's',
  slots: 1,
  device: 'd',
  enteredMs: nowMs - ageMs,
  promptTokens: 10,
  limitTokens: 100,
  behind: null,
});

const none = { ux: 0, planning: 0, background: 0 };

const view = (heads: GrantView['heads'], more: Partial<GrantView> = {}): GrantView => ({
  nowMs,
  heads,
  isUxRunning: false,
  grantsSince: none,
  pausedMs: 0,
  ...more,
});

const ux = entry('ux');
const young = entry('planning', 5_000);
const old = entry('planning', 31_000);
const background = entry('background', 90_000);
const oldBackground = entry('background', 301_000);
const due = { ux: 0, planning: 2, background: 2 };

describe('chooseGrant', () => {
  const rows: [string, GrantView, object][] = [
    ['ux comes first', view({ ux, planning: young, background }), { entry: ux, reason: 'first' }],
    ['planning comes before background', view({ planning: young, background }), { entry: young, reason: 'first' }],
    ['background goes when nobody else wants to', view({ background }), { entry: background, reason: 'first' }],
    [
      'no planning call starts beside a ux call, and the clock is asked when that changes',
      view({ planning: young, background }, { isUxRunning: true }),
      { entry: null, recheckMs: 25_001 },
    ],
    [
      'no background call starts beside a ux call before it is old',
      view({ background }, { isUxRunning: true }),
      { entry: null, recheckMs: 210_001 },
    ],
    [
      'an old planning call starts beside a ux call',
      view({ planning: old }, { isUxRunning: true }),
      { entry: old, reason: 'aged' },
    ],
    [
      'an old planning call waits for two grants of others',
      view({ ux, planning: old }, { grantsSince: { ...none, planning: 1 } }),
      { entry: ux, reason: 'first' },
    ],
    [
      'an old planning call takes the third grant',
      view({ ux, planning: old }, { grantsSince: { ...none, planning: 2 } }),
      { entry: old, reason: 'aged' },
    ],
    [
      'a young planning call takes no grant of ux',
      view({ ux, planning: young }, { grantsSince: { ...none, planning: 9 } }),
      { entry: ux, reason: 'first' },
    ],
    [
      'an old background call takes the third grant of planning',
      view({ planning: young, background: oldBackground }, { grantsSince: due }),
      { entry: oldBackground, reason: 'aged' },
    ],
    [
      'of two old calls the more urgent one goes first',
      view({ ux, planning: old, background: oldBackground }, { grantsSince: due }),
      { entry: old, reason: 'aged' },
    ],
    [
      'an old background call that waits for its turn asks no clock',
      view({ planning: young, background: oldBackground }, { isUxRunning: true }),
      { entry: null, recheckMs: 25_001 },
    ],
    [
      'nobody goes while the server asked to be left alone, not even ux',
      view({ ux, planning: old }, { pausedMs: 7_000, grantsSince: due }),
      { entry: null, recheckMs: 7_000 },
    ],
    ['nobody waits', view({}), { entry: null, recheckMs: null }],
  ];
  for (const [name, given, expected] of rows) {
    it(name, () => {
      const grant = chooseGrant(given);
      expect(grant).toMatchObject(expected);
      expect(grant.chosen).toBe(grant.entry?.id ?? null);
    });
  }

  it('tells why the others did not go', () => {
    expect(chooseGrant(view({ ux, planning: young, background })).rejected).toEqual([
      { option: 'planning', reason: 'ux goes first' },
      { option: 'background', reason: 'ux goes first' },
    ]);
    expect(chooseGrant(view({ ux, planning: old }, { grantsSince: due })).rejected).toEqual([
      { option: 'ux', reason: 'a call of planning grew old' },
    ]);
  });

  const anyEntry = (lane: Lane) =>
    fc.option(
      fc.nat(400_000).map((ageMs) => entry(lane, ageMs)),
      { nil: undefined },
    );
  const anyView = fc.record({
    heads: fc.record({ ux: anyEntry('ux'), planning: anyEntry('planning'), background: anyEntry('background') }),
    isUxRunning: fc.boolean(),
    grantsSince: fc.record({ ux: fc.nat(5), planning: fc.nat(5), background: fc.nat(5) }),
    pausedMs: fc.constantFrom(0, 0, 0, 500),
  });
  it('MODEL-POOL-6: a ux call never stands behind a call that did not grow old, whatever else waits', () => {
    fc.assert(
      fc.property(anyView, ({ heads, ...more }) => {
        const given = view(heads as GrantView['heads'], more);
        const { entry: chosen, recheckMs } = chooseGrant(given);
        if (chosen === null) {
          // Whoever has to wait is looked at again, and later than now.
          if (lanes.some((lane) => given.heads[lane] !== undefined)) expect(recheckMs).toBeGreaterThan(0);
          if (given.pausedMs === 0) expect(given.heads.ux).toBeUndefined();
          return;
        }
        expect(given.pausedMs).toBe(0);
        if (chosen.lane === 'ux') return;
        const isOld = nowMs - chosen.enteredMs > agingMs[chosen.lane];
        if (given.heads.ux !== undefined || given.isUxRunning) expect(isOld).toBe(true);
        if (given.heads.ux !== undefined) expect(given.grantsSince[chosen.lane]).toBeGreaterThanOrEqual(2);
      }),
      { numRuns: 2_000 },
    );
  });
});
