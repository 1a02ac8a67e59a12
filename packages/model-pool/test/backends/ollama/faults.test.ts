import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { CallEnd, CallEvent, ModelPoolError, ModelPoolErrorCode } from '../../../src/index.js';
import { type FakeFault, fakeFaultGroups, faultCaseTimers } from '../../../src/testing/index.js';
import { openPool } from '../../setup/open-pool.js';

interface Expected {
  readonly code: ModelPoolErrorCode | null;
  readonly attempts?: number;
  readonly hasText?: boolean;
}

/** What each fault, for ever, makes of a call with one candidate. */
const expected: Readonly<Record<string, Expected>> = {
  refuse: { code: 'backend-down' },
  silent: { code: 'first-token-timeout' },
  reset: { code: 'backend-down', attempts: 2 },
  'reset-mid': { code: 'stream-broken', hasText: true },
  'half-close': { code: 'backend-down', attempts: 2 },
  'slow-headers': { code: null },
  'status-302': { code: 'configuration' },
  'status-400': { code: 'configuration' },
  'status-401': { code: 'configuration' },
  'status-403': { code: 'configuration' },
  'status-404': { code: 'model-missing' },
  'status-429': { code: 'overloaded', attempts: 3 },
  'status-499': { code: 'load-failed', attempts: 2 },
  'status-500': { code: 'load-failed', attempts: 2 },
  'status-503': { code: 'overloaded', attempts: 3 },
  'no-memory': { code: 'memory-insufficient' },
  'bad-line': { code: 'stream-broken', hasText: true },
  'error-line': { code: 'stream-broken', hasText: true },
  'no-done': { code: 'stream-broken', hasText: true },
  'two-done': { code: 'stream-broken', hasText: true },
  empty: { code: 'stream-broken' },
  html: { code: 'stream-broken' },
  'utf8-split': { code: null },
  'utf8-cut': { code: 'stream-broken', hasText: true },
  'huge-line': { code: 'stream-broken' },
  gzip: { code: 'stream-broken' },
  'odd-characters': { code: null },
  repeat: { code: 'stream-broken', hasText: true },
  endless: { code: null },
  'wrong-model': { code: 'stream-broken' },
  'bad-counts': { code: null },
  'nan-counts': { code: 'stream-broken', hasText: true },
  stall: { code: 'stalled', hasText: true },
  'load-stall': { code: 'load-timeout', attempts: 2 },
  'slow-load': { code: null },
  trickle: { code: null },
  'deaf-prefill': { code: null },
  'leak-slot': { code: null },
  'ps-lag': { code: null },
  evict: { code: null },
  reload: { code: null },
  restart: { code: 'stream-broken', hasText: true },
  flap: { code: 'stream-broken', hasText: true },
  'out-of-memory': { code: 'stream-broken', hasText: true },
  'digest-change': { code: null },
};

const retryable = new Set([
  'backend-down',
  'first-token-timeout',
  'stream-broken',
  'overloaded',
  'memory-insufficient',
  'load-failed',
  'load-timeout',
  'stalled',
]);

async function play(fault: FakeFault, isCollected: boolean) {
  await using opened = await openPool({ timers: faultCaseTimers(fault.kind), random: () => 0 });
  await opened.fake.set(fault);
  const events: CallEvent[] = [];
  let text = '';
  let error: ModelPoolError | null = null;
  opened.pool.subscribe((event) => {
    if ('requestId' in event && event.type !== 'decision') events.push(event);
    if (event.type === 'text-delta') text += event.text;
  });
  const request = { role: 'ux', messages: [{ role: 'user', content: 'x' }], maxOutputTokens: 100 } as const;
  try {
    if (isCollected) await opened.pool.generate(request);
    else for await (const _ of opened.pool.call(request));
  } catch (thrown) {
    error = thrown as ModelPoolError;
  }
  await opened.fake.set();
  const ends = events.filter((event): event is CallEnd => event.type === 'call-end');
  return { events, ends, text, error, log: opened.fake.log, end: ends.at(-1) };
}

const quiet = vi.fn();
beforeAll(() => {
  for (const method of ['log', 'warn', 'error'] as const) vi.spyOn(console, method).mockImplementation(quiet);
});
afterAll(() => {
  vi.restoreAllMocks();
});

describe('MODEL-POOL-2: every fault has its outcome', () => {
  it('the table names every fault of the fake', () => {
    expect(Object.keys(expected).sort()).toEqual(Object.values(fakeFaultGroups).flat().sort());
  });

  for (const kind of Object.values(fakeFaultGroups).flat()) {
    const { code, attempts = 1, hasText = false } = expected[kind] as Expected;
    for (const isCollected of [false, true]) {
      it(`${kind} gives ${code ?? 'a whole answer'}, ${isCollected ? 'collected' : 'streamed'}`, async () => {
        const { events, ends, text, error, end } = await play({ kind, delayMs: 100 }, isCollected);
        expect(error?.code ?? null).toBe(code);
        expect(error?.retryable ?? false).toBe(code !== null && retryable.has(code));
        expect(ends).toHaveLength(attempts);
        expect(events.filter(({ type }) => type === 'call-start')).toHaveLength(attempts);
        expect(events.at(-1)).toBe(end);
        expect(end?.error?.code ?? null).toBe(code);
        expect(text.length > 0).toBe(hasText || code === null);
        expect(error?.partialText ?? null).toBe(hasText ? text : null);
        expect(quiet).not.toHaveBeenCalled();
      });
    }
  }

  it('an error line before the first text is what its words say', async () => {
    const cases: [string, ModelPoolErrorCode][] = [
      ['model runner has unexpectedly stopped', 'load-failed'],
      ['server busy, please try again.  maximum pending requests exceeded', 'overloaded'],
      ["model 'x' not found", 'model-missing'],
      ['"x" does not support chat', 'capability-missing'],
      ['the input exceeds the context length', 'context-too-long'],
    ];
    for (const [message, code] of cases)
      expect((await play({ kind: 'error-line', after: 0, message }, false)).error?.code, message).toBe(code);
  });

  it('a 400 is what its words say', async () => {
    const cases: [string, ModelPoolErrorCode][] = [
      ['"fake" does not support thinking', 'capability-missing'],
      ['the prompt is too long: it exceeds the context length', 'context-too-long'],
      ['the request was not liked', 'rejected'],
    ];
    for (const [message, code] of cases) {
      const { error } = await play({ kind: 'status-400', message }, false);
      expect(error, message).toMatchObject({ code, retryable: false, details: { status: 400 } });
    }
  });

  it('counts that make no sense are counted here instead', async () => {
    const { end } = await play({ kind: 'bad-counts' }, false);
    expect(end?.usage).toMatchObject({ outputTokens: 24, source: 'partial' });
    expect(end?.timing.serverWaitMs).toBeNull();
  });

  it('a lone surrogate becomes U+FFFD and other odd characters pass', async () => {
    const { text } = await play({ kind: 'odd-characters' }, false);
    expect(text).toContain('\u0000\u001b[31m\uFFFD');
    expect(text).not.toMatch(/\p{Surrogate}/u);
  });

  it('a broken answer counts what came and a failure before the prompt was read counts nothing', async () => {
    expect((await play({ kind: 'no-done', after: 5 }, false)).end?.usage).toMatchObject({
      outputTokens: 5,
      inputTokens: 1,
      source: 'partial',
    });
    expect((await play({ kind: 'status-500' }, false)).end?.usage).toMatchObject({
      outputTokens: 0,
      inputTokens: 0,
      source: 'estimated',
    });
    expect((await play({ kind: 'silent' }, false)).end?.usage).toMatchObject({
      outputTokens: 0,
      inputTokens: 1,
      source: 'estimated',
    });
  });

  it('Retry-After is kept and bounded', async () => {
    const { error } = await play({ kind: 'status-429' }, false);
    expect(error?.retryAfterMs).toBe(0);
  });
});
