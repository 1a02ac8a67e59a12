import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ModelPoolErrorCode } from '../../src/index.js';
import {
  attemptLimit,
  decideNextStep,
  type FailureView,
  longestPauseMs,
  type NextStep,
} from '../../src/routing/retry.js';

const view = (code: ModelPoolErrorCode, more: Partial<FailureView> = {}): FailureView => ({
  code,
  name: 'a',
  next: 'b',
  isNextReady: false,
  isNextElsewhere: false,
  attempts: 1,
  triesHere: 1,
  hasText: false,
  replayable: false,
  retryAfterMs: null,
  remainingMs: null,
  refused: false,
  mayHaveLeaked: false,
  isEmbed: false,
  random: 0.5,
  ...more,
});

const retry = (delayMs = 0, more: Partial<NextStep> = {}) => ({
  action: 'retry',
  chosen: 'a',
  delayMs,
  isPause: false,
  reload: false,
  ...more,
});
const fallback = { action: 'fallback', chosen: 'b' };
const fail = { action: 'fail', chosen: null };

describe('decideNextStep, per row of the table', () => {
  const rows: [string, FailureView, object][] = [
    ['a busy server is asked again after a random pause', view('overloaded'), retry(1_050)],
    ['the pause is at least 0.1 s', view('overloaded', { random: 0 }), retry(100)],
    ['the pause is at most 2 s', view('overloaded', { random: 1 }), retry(2_000)],
    [
      'a busy server that names a time is left alone as a whole',
      view('overloaded', { retryAfterMs: 9_000 }),
      retry(9_000, { isPause: true }),
    ],
    [
      'it may name at most 30 s',
      view('overloaded', { retryAfterMs: 3_600_000 }),
      retry(longestPauseMs, { isPause: true }),
    ],
    ['a time of 0 is none', view('overloaded', { retryAfterMs: 0 }), retry(1_050)],
    [
      'another candidate that is ready is asked instead of a wait longer than the longest random pause',
      view('overloaded', { retryAfterMs: 2_001, isNextReady: true }),
      fallback,
    ],
    [
      'a wait as long as a random pause is waited for',
      view('overloaded', { retryAfterMs: 2_000, isNextReady: true }),
      retry(2_000, { isPause: true }),
    ],
    [
      'a server busy for two tries is left for the next candidate',
      view('overloaded', { triesHere: 2, attempts: 2 }),
      fallback,
    ],
    [
      'without a next candidate it is asked three times',
      view('overloaded', { triesHere: 2, attempts: 2, next: null }),
      retry(1_050),
    ],
    ['and not four times', view('overloaded', { triesHere: 3, attempts: 3, next: null }), fail],
    [
      'a wait beyond the deadline is none: the next candidate',
      view('overloaded', { retryAfterMs: 9_000, remainingMs: 9_000 }),
      fallback,
    ],
    [
      'a wait beyond the deadline without a next candidate fails at once',
      view('overloaded', { retryAfterMs: 9_000, remainingMs: 5_000, next: null }),
      fail,
    ],
    ['a refused connection goes to the next candidate', view('backend-down', { refused: true }), fallback],
    ['a refused connection without a next candidate fails', view('backend-down', { refused: true, next: null }), fail],
    ['a broken connection goes to the next candidate', view('backend-down'), fallback],
    [
      'a broken connection without a next candidate is tried once more',
      view('backend-down', { next: null }),
      retry(1_050),
    ],
    ['a connection that breaks twice fails', view('backend-down', { next: null, triesHere: 2, attempts: 2 }), fail],
    ['a failed load is tried once more', view('load-failed'), retry()],
    [
      'a load that fails twice goes to the next candidate',
      view('load-failed', { triesHere: 2, attempts: 2 }),
      fallback,
    ],
    ['a late load is tried once more', view('load-timeout', { next: null }), retry()],
    ['a late first token goes to the next candidate', view('first-token-timeout'), fallback],
    [
      'a late first token after an abort loads the model again',
      view('first-token-timeout', { mayHaveLeaked: true }),
      retry(0, { reload: true }),
    ],
    ['that is done once', view('first-token-timeout', { mayHaveLeaked: true, triesHere: 2, attempts: 2 }), fallback],
    ['a missing model goes to the next candidate', view('model-missing'), fallback],
    ['too little memory goes to the next candidate', view('memory-insufficient'), fallback],
    ['a missing capability goes to the next candidate that has it', view('capability-missing'), fallback],
    ['a missing capability that nobody has fails', view('capability-missing', { next: null }), fail],
    ['too long a prompt goes to the next candidate', view('context-too-long'), fallback],
    ['a broken stream before the first text goes to the next candidate', view('stream-broken'), fallback],
    ['a bad request fails', view('rejected'), fail],
    ['a 400 of an embedding may be anything and is tried once more', view('rejected', { isEmbed: true }), retry()],
    ['and no more', view('rejected', { isEmbed: true, triesHere: 2, attempts: 2 }), fail],
    ['a wrong configuration fails where the next candidate is on the same server', view('configuration'), fail],
    [
      'a wrong configuration of one server is none of another one',
      view('configuration', { isNextElsewhere: true }),
      fallback,
    ],
    ['a refusal fails', view('refused'), fail],
    ['an abort fails', view('aborted'), fail],
    ['text was sent: nothing is repeated', view('stream-broken', { hasText: true }), fail],
    [
      'text was sent and may be dropped: the next candidate',
      view('stalled', { hasText: true, replayable: true }),
      fallback,
    ],
    [
      'text was sent, may be dropped, and nobody is left',
      view('stalled', { hasText: true, replayable: true, next: null }),
      fail,
    ],
    ['three attempts are the limit', view('load-failed', { attempts: 3 }), fail],
  ];
  for (const [name, given, expected] of rows) it(name, () => expect(decideNextStep(given)).toMatchObject(expected));

  it('tells why another candidate was not asked', () => {
    expect(decideNextStep(view('stalled', { hasText: true })).rejected).toEqual([
      { option: 'a', reason: 'stalled' },
      { option: 'b', reason: 'text was sent already' },
    ]);
    expect(decideNextStep(view('load-failed')).rejected).toEqual([
      { option: 'b', reason: 'the same model is tried again' },
    ]);
    expect(decideNextStep(view('load-failed', { attempts: 3, next: null })).rejected).toEqual([
      { option: 'a', reason: 'load-failed' },
    ]);
  });

  it('never makes a fourth attempt, never waits longer than 30 s, never repeats after text', () => {
    const codes = ['overloaded', 'backend-down', 'load-failed', 'first-token-timeout', 'rejected', 'stalled'] as const;
    const any = fc.record({
      next: fc.constantFrom('b', null),
      isNextReady: fc.boolean(),
      isNextElsewhere: fc.boolean(),
      attempts: fc.integer({ min: 1, max: 5 }),
      triesHere: fc.integer({ min: 1, max: 5 }),
      hasText: fc.boolean(),
      replayable: fc.boolean(),
      retryAfterMs: fc.option(fc.nat(1e9)),
      remainingMs: fc.option(fc.nat(60_000)),
      refused: fc.boolean(),
      mayHaveLeaked: fc.boolean(),
      isEmbed: fc.boolean(),
      random: fc.double({ min: 0, max: 0.999, noNaN: true }),
    });
    fc.assert(
      fc.property(fc.constantFrom(...codes), any, (code, more) => {
        const { action, chosen, delayMs } = decideNextStep(view(code, more));
        if (more.attempts >= attemptLimit) expect(action).toBe('fail');
        if (more.hasText) expect(action).not.toBe('retry');
        if (more.hasText && !more.replayable) expect(action).toBe('fail');
        expect(delayMs).toBeLessThanOrEqual(longestPauseMs);
        expect(chosen).toBe({ retry: 'a', fallback: 'b', fail: null }[action]);
      }),
    );
  });
});
