import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { estimateWaitMs, type RunningView, type WaitView } from '../../src/lanes/eta.js';

const running = (more: Partial<RunningView> = {}): RunningView => ({
  ageMs: 0,
  promptTokens: 100,
  expectedTokens: 200,
  writtenTokens: 0,
  ...more,
});
const work = (calls: number) => ({ calls, promptTokens: calls * 100, expectedTokens: calls * 200 });
const view = (more: Partial<WaitView> = {}): WaitView => ({
  slots: 1,
  running: [],
  ahead: work(0),
  meanMs: null,
  prefillRate: null,
  decodeRate: null,
  pausedMs: 0,
  ...more,
});
/** 100 tokens read and 10 written in a second: a call takes 1 + 20 s. */
const rates = { prefillRate: 100, decodeRate: 10 };

describe('estimateWaitMs', () => {
  const rows: [string, WaitView, number | null][] = [
    ['a free slot is there at once', view(), 0],
    ['nothing is known before the first call ended', view({ running: [running()] }), null],
    ['nothing is known of those ahead before the first call ended', view({ ahead: work(1) }), null],
    [
      'the rest of a running call follows from its remaining tokens',
      view({ ...rates, running: [running({ ageMs: 99_000, writtenTokens: 50 })] }),
      15_000,
    ],
    [
      'a call that still reads its prompt has all of its answer before it',
      view({ ...rates, running: [running({ ageMs: 400 })] }),
      20_600,
    ],
    [
      'a call that wrote more than was expected may end at any moment',
      view({ ...rates, running: [running({ writtenTokens: 900 })] }),
      0,
    ],
    [
      'those ahead have to be read and written',
      view({ ...rates, running: [running({ writtenTokens: 150 })], ahead: work(2) }),
      5_000 + 42_000,
    ],
    [
      'slots share the work ahead, and the first of them that is free counts',
      view({
        ...rates,
        slots: 2,
        running: [running({ writtenTokens: 100 }), running({ writtenTokens: 190 })],
        ahead: work(2),
      }),
      1_000 + 21_000,
    ],
    ['a slot that is free does not wait for the other', view({ ...rates, slots: 2, running: [running()] }), 0],
    [
      'without a speed the mean duration counts',
      view({ meanMs: 1_000, running: [running({ ageMs: 400 })], ahead: work(2) }),
      2_600,
    ],
    [
      'a call that is late by the mean may end at any moment',
      view({ meanMs: 1_000, running: [running({ ageMs: 9_000 })] }),
      0,
    ],
    [
      'a speed of writing without one of reading leaves the reading out',
      view({ decodeRate: 10, running: [running({ writtenTokens: 199 })], ahead: work(1) }),
      100 + 20_000,
    ],
    ['a pause of the server is waited for', view({ ...rates, pausedMs: 9_000, ahead: work(1) }), 30_000],
    [
      'a pause passes while a call runs',
      view({ ...rates, pausedMs: 9_000, running: [running({ writtenTokens: 100 })] }),
      10_000,
    ],
  ];
  for (const [name, given, expected] of rows) it(name, () => expect(estimateWaitMs(given)).toBe(expected));

  it('more work ahead never makes the wait shorter', () => {
    const rate = fc.option(fc.integer({ min: 1, max: 500 }));
    fc.assert(
      fc.property(
        fc.record({ prefillRate: rate, decodeRate: rate, meanMs: fc.option(fc.nat(60_000)), pausedMs: fc.nat(30_000) }),
        fc.array(
          fc.record({
            ageMs: fc.nat(50_000),
            promptTokens: fc.nat(4_000),
            expectedTokens: fc.nat(900),
            writtenTokens: fc.nat(900),
          }),
          { maxLength: 4 },
        ),
        fc.integer({ min: 1, max: 4 }),
        fc.nat(50),
        (more, calls, slots, ahead) => {
          const given = view({ ...more, running: calls.slice(0, slots), slots, ahead: work(ahead) });
          const [less, longer] = [estimateWaitMs(given), estimateWaitMs({ ...given, ahead: work(ahead + 1) })];
          if (less === null || longer === null) return;
          expect(longer).toBeGreaterThanOrEqual(less);
          expect(less).toBeGreaterThanOrEqual(0);
        },
      ),
    );
  });
});
