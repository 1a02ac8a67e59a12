import { describe, expect, it } from 'vitest';
import type { ModelPoolErrorCode } from '../../src/index.js';
import { type Breaker, closedBreaker, isBreakerOpen, recordFailure, recordSuccess } from '../../src/routing/breaker.js';
import { type CandidateView, chooseRoute } from '../../src/routing/candidates.js';
import { decideNextStep, type FailureView, type NextStep } from '../../src/routing/retry.js';

describe('chooseRoute', () => {
  const candidate = (name: string, more: Partial<CandidateView> = {}): CandidateView => ({
    name,
    state: 'absent',
    isBorrowed: false,
    contextTokens: 4096,
    isInstalled: true,
    isBackendOpen: false,
    coolDownMs: 0,
    failedWith: null,
    ...more,
  });
  it('the configured order decides between equals', () => {
    expect(chooseRoute([candidate('a'), candidate('b')], 10)).toEqual({
      chosen: 'a',
      rejected: [{ option: 'b', reason: 'not needed' }],
    });
  });
  it('resident comes before loading before loadable', () => {
    expect(
      chooseRoute([candidate('a'), candidate('b', { state: 'loading' }), candidate('c', { state: 'resident' })], 10)
        .chosen,
    ).toBe('c');
    expect(chooseRoute([candidate('a'), candidate('b', { state: 'loading' })], 10)).toEqual({
      chosen: 'b',
      rejected: [{ option: 'a', reason: 'absent, another is loading' }],
    });
  });
  it('a model that is in memory for another role is not preferred for that', () => {
    expect(
      chooseRoute([candidate('large'), candidate('small', { state: 'resident', isBorrowed: true })], 10).chosen,
    ).toBe('large');
    expect(
      chooseRoute(
        [candidate('large', { state: 'failed' }), candidate('small', { state: 'resident', isBorrowed: true })],
        10,
      ).chosen,
    ).toBe('small');
  });
  it('each refused candidate says why', () => {
    const rejected = chooseRoute(
      [
        candidate('failed', { failedWith: 'stalled' }),
        candidate('open', { isBackendOpen: true }),
        candidate('missing', { isInstalled: false }),
        candidate('short', { contextTokens: 5 }),
        candidate('rests', { coolDownMs: 9 }),
      ],
      10,
    );
    expect(rejected).toEqual({
      chosen: null,
      rejected: [
        { option: 'failed', reason: 'stalled' },
        { option: 'open', reason: 'backend-down' },
        { option: 'missing', reason: 'model-missing' },
        { option: 'short', reason: 'context-too-long' },
        { option: 'rests', reason: 'load-failed' },
      ],
    });
  });
});

describe('decideNextStep, per row of the table', () => {
  const view = (code: ModelPoolErrorCode, more: Partial<FailureView> = {}): FailureView => ({
    code,
    attempts: 1,
    triesHere: 1,
    hasText: false,
    replayable: false,
    hasNext: true,
    retryAfterMs: null,
    refused: false,
    mayHaveLeaked: false,
    isEmbed: false,
    random: 0.5,
    ...more,
  });
  const fallback: NextStep = { action: 'fallback' };
  const fail: NextStep = { action: 'fail' };
  const rows: [string, FailureView, NextStep][] = [
    [
      'a busy server is asked again after a random pause',
      view('overloaded'),
      { action: 'retry', delayMs: 1_050, reload: false },
    ],
    [
      'a busy server names the pause',
      view('overloaded', { retryAfterMs: 9_000 }),
      { action: 'retry', delayMs: 9_000, reload: false },
    ],
    ['a server busy for three tries is left', view('overloaded', { triesHere: 3, attempts: 2 }), fallback],
    ['a refused connection goes to the next candidate', view('backend-down', { refused: true }), fallback],
    [
      'a refused connection without a next candidate fails',
      view('backend-down', { refused: true, hasNext: false }),
      fail,
    ],
    [
      'a broken connection without a next candidate is tried once more',
      view('backend-down', { hasNext: false }),
      { action: 'retry', delayMs: 1_050, reload: false },
    ],
    ['a connection that breaks twice fails', view('backend-down', { hasNext: false, triesHere: 2, attempts: 2 }), fail],
    ['a failed load is tried once more', view('load-failed'), { action: 'retry', delayMs: 0, reload: false }],
    [
      'a load that fails twice goes to the next candidate',
      view('load-failed', { triesHere: 2, attempts: 2 }),
      fallback,
    ],
    [
      'a late load is tried once more',
      view('load-timeout', { hasNext: false }),
      { action: 'retry', delayMs: 0, reload: false },
    ],
    ['a late first token goes to the next candidate', view('first-token-timeout'), fallback],
    [
      'a late first token after an abort loads the model again',
      view('first-token-timeout', { mayHaveLeaked: true }),
      { action: 'retry', delayMs: 0, reload: true },
    ],
    ['a missing model goes to the next candidate', view('model-missing'), fallback],
    ['too little memory goes to the next candidate', view('memory-insufficient'), fallback],
    ['a missing capability goes to the next candidate', view('capability-missing'), fallback],
    ['too long a prompt goes to the next candidate', view('context-too-long'), fallback],
    ['a broken stream before the first text goes to the next candidate', view('stream-broken'), fallback],
    ['a bad request fails', view('rejected'), fail],
    [
      'a 400 of an embedding may be anything and is tried once more',
      view('rejected', { isEmbed: true }),
      { action: 'retry', delayMs: 0, reload: false },
    ],
    ['a wrong configuration fails', view('configuration'), fail],
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
      view('stalled', { hasText: true, replayable: true, hasNext: false }),
      fail,
    ],
    ['three attempts are the limit', view('overloaded', { attempts: 3 }), fail],
  ];
  for (const [name, given, expected] of rows) it(name, () => expect(decideNextStep(given)).toEqual(expected));
});

describe('the breaker', () => {
  const fails = (breaker: Breaker, count: number, isRefusal: boolean, atMs: number) => {
    let next = breaker;
    for (let index = 0; index < count; index += 1) next = recordFailure(next, isRefusal, atMs);
    return next;
  };
  it('opens after three refusals, or five failures in 30 s', () => {
    expect(isBreakerOpen(fails(closedBreaker, 2, true, 0), 0)).toBe(false);
    expect(isBreakerOpen(fails(closedBreaker, 3, true, 0), 0)).toBe(true);
    expect(isBreakerOpen(fails(closedBreaker, 4, false, 0), 0)).toBe(false);
    expect(isBreakerOpen(fails(closedBreaker, 5, false, 0), 0)).toBe(true);
    expect(isBreakerOpen(recordFailure(fails(closedBreaker, 4, false, 0), false, 31_000), 31_000)).toBe(false);
  });
  it('a refusal between other failures starts the count anew', () => {
    expect(isBreakerOpen(fails(recordFailure(fails(closedBreaker, 2, true, 0), false, 0), 1, true, 0), 0)).toBe(false);
  });
  it('lets a probe pass after 2 s, and a failed probe doubles that up to 60 s', () => {
    let breaker = fails(closedBreaker, 3, true, 0);
    expect(isBreakerOpen(breaker, 1_999)).toBe(true);
    expect(isBreakerOpen(breaker, 2_000)).toBe(false);
    breaker = recordFailure(breaker, true, 2_000);
    expect(breaker.openUntilMs).toBe(6_000);
    for (let count = 0; count < 9; count += 1) breaker = recordFailure(breaker, true, breaker.openUntilMs ?? 0);
    expect(breaker.backoffMs).toBe(60_000);
  });
  it('calls that were under way when it opened do not open it further', () => {
    const breaker = fails(closedBreaker, 3, true, 0);
    expect(recordFailure(breaker, true, 5).openUntilMs).toBe(2_000);
  });
  it('a success closes it', () => {
    expect(recordSuccess(fails(closedBreaker, 9, true, 0))).toBe(closedBreaker);
  });
});
