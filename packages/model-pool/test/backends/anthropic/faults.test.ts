import { setImmediate as nextTurn } from 'node:timers/promises';
import { inspect } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { ModelPoolErrorCode } from '../../../src/index.js';
import { type FakeAnthropicFault, fakeAnthropicFaultGroups } from '../../../src/testing/index.js';
import { claudeKey, openClaude, playCall } from '../../setup/open-claude.js';

const kinds = Object.values(fakeAnthropicFaultGroups).flat();

/** A call to Claude with one fault: waits are short where they are what ends it. */
function openFault(kind: FakeAnthropicFault['kind']) {
  const waitMs = kind === 'silent' || kind === 'stall' ? 1_000 : 20_000;
  const timers = { connectMs: 20_000, firstTokenMinMs: waitMs, stallMs: waitMs };
  return openClaude({ timers }, { timeoutMs: waitMs });
}

interface Expected {
  readonly code: ModelPoolErrorCode | null;
  readonly attempts?: number;
  readonly hasText?: boolean;
}

/** What each fault, for ever, makes of a call whose only candidate is Claude. */
const expected: Readonly<Record<(typeof kinds)[number], Expected>> = {
  refuse: { code: 'backend-down' },
  silent: { code: 'first-token-timeout' },
  reset: { code: 'backend-down', attempts: 2 },
  'reset-mid': { code: 'stream-broken', hasText: true },
  'slow-headers': { code: null },
  'status-302': { code: 'configuration' },
  'status-400': { code: 'rejected' },
  'status-401': { code: 'configuration' },
  'status-402': { code: 'configuration' },
  'status-403': { code: 'configuration' },
  'status-404': { code: 'model-missing' },
  'status-409': { code: 'backend-down', attempts: 2 },
  'status-413': { code: 'context-too-long' },
  'status-429': { code: 'overloaded', attempts: 3 },
  'status-500': { code: 'backend-down', attempts: 2 },
  'status-503': { code: 'backend-down', attempts: 2 },
  'status-504': { code: 'backend-down', attempts: 2 },
  'status-529': { code: 'overloaded', attempts: 3 },
  'other-server': { code: 'configuration' },
  'prompt-too-long': { code: 'context-too-long' },
  'not-supported': { code: 'capability-missing' },
  'spend-limit': { code: 'configuration' },
  'error-event': { code: 'stream-broken', hasText: true },
  'no-start': { code: 'stream-broken' },
  'no-stop': { code: 'stream-broken', hasText: true },
  'two-stops': { code: 'stream-broken', hasText: true },
  'bad-event': { code: 'stream-broken', hasText: true },
  'bad-line': { code: 'stream-broken', hasText: true },
  empty: { code: 'stream-broken' },
  html: { code: 'stream-broken' },
  gzip: { code: 'stream-broken' },
  'huge-event': { code: 'stream-broken' },
  'utf8-split': { code: null },
  'utf8-cut': { code: 'stream-broken', hasText: true },
  'odd-characters': { code: null },
  'unknown-event': { code: null },
  'bad-arguments': { code: null },
  stall: { code: 'stalled', hasText: true },
  pings: { code: null },
};

const request = {
  role: 'planning',
  messages: [{ role: 'user', content: 'x [tokens=9]' }],
  maxOutputTokens: 100,
} as const;

const quiet = vi.fn();
beforeAll(() => {
  for (const method of ['log', 'warn', 'error'] as const) vi.spyOn(console, method).mockImplementation(quiet);
});
afterAll(() => {
  vi.restoreAllMocks();
});

describe('every fault of the Claude API has its outcome', () => {
  it('the table names every fault of the fake', () => {
    expect(Object.keys(expected).sort()).toEqual([...kinds].sort());
  });

  for (const kind of kinds) {
    const { code, attempts = 1, hasText = false } = expected[kind];
    for (const isCollected of [false, true]) {
      it(`${kind} gives ${code ?? 'a whole answer'}, ${isCollected ? 'collected' : 'streamed'}`, async () => {
        await using opened = await openFault(kind);
        await opened.claude.set({ kind, delayMs: 50 });
        const { events, ends, text, error } = await playCall(opened, request, isCollected);
        expect(error?.code ?? null).toBe(code);
        expect(ends).toHaveLength(attempts);
        expect(events.filter(({ type }) => type === 'call-start')).toHaveLength(attempts);
        expect(events.at(-1)).toBe(ends.at(-1));
        expect(ends.at(-1)?.error?.code ?? null).toBe(code);
        expect(text.length > 0).toBe(hasText || code === null);
        expect(error?.partialText ?? null).toBe(hasText ? text : null);
        expect(quiet).not.toHaveBeenCalled();
        await opened.claude.set();
      });
    }

    it(`${kind} and an abort end in the abort or in what came before it`, async () => {
      await using opened = await openFault(kind);
      await opened.claude.set({ kind, delayMs: 50 });
      const controller = new AbortController();
      const played = playCall(opened, { ...request, signal: controller.signal }, false);
      for (let turn = 0; turn < 200 && opened.claude.log.length === 0; turn += 1) await nextTurn();
      controller.abort();
      const { events, ends, error } = await played;
      expect([code, 'aborted']).toContain(error?.code ?? null);
      expect(events.at(-1)).toBe(ends.at(-1));
      await opened.claude.set();
      const after = await playCall(opened, { ...request, deadlineMs: 5_000 }, true);
      expect(after.error).toBeNull();
    });
  }
});

describe('a failure before the first piece', () => {
  it.each([
    ['overloaded_error', 'overloaded'],
    ['rate_limit_error', 'overloaded'],
    ['api_error', 'backend-down'],
    ['invalid_request_error', 'rejected'],
    ['authentication_error', 'configuration'],
  ])('%s in an event is %s', async (type, code) => {
    await using opened = await openClaude();
    await opened.claude.set({ kind: 'error-event', after: 0, type, message: 'words' });
    const { error } = await playCall(opened, request, true);
    expect(error).toMatchObject({ code, message: 'words', partialText: null, details: { type, fault: 'error-event' } });
  });

  it('says which request it was and counts nothing', async () => {
    await using opened = await openClaude();
    await opened.claude.set({ kind: 'status-400' });
    const { error, ends } = await playCall(opened, request, true);
    expect(error).toMatchObject({
      backend: 'claude',
      model: 'claude-opus-5-5',
      attempt: 1,
      details: { status: 400, type: 'invalid_request_error', requestId: 'req_fake' },
    });
    expect(ends[0]?.usage).toMatchObject({ inputTokens: 0, outputTokens: 0, source: 'estimated' });
  });
});

describe('the key', () => {
  const echoing: FakeAnthropicFault[] = [
    { kind: 'status-401', message: `no such key: Bearer ${claudeKey}` },
    { kind: 'status-400', message: claudeKey, headers: { 'request-id': claudeKey, 'x-echo': claudeKey } },
    { kind: 'status-529', type: claudeKey, message: 'overloaded' },
    { kind: 'error-event', type: 'api_error', message: `proxy: ${claudeKey}` },
    { kind: 'error-event', after: 0, type: claudeKey, message: 'x' },
  ];
  const faults = [...kinds.map((kind): FakeAnthropicFault => ({ kind, delayMs: 20 })), ...echoing];

  it.each(faults)('stands in nothing that comes out of $kind', async (fault) => {
    await using opened = await openFault(fault.kind);
    await opened.claude.set(fault);
    const { error } = await playCall(opened, request, false);
    const [end] = opened.events.filter(({ type }) => type === 'call-end');
    const requestId = end !== undefined && 'requestId' in end ? String(end.requestId) : '';
    const told = [
      inspect(error, { depth: Number.POSITIVE_INFINITY, showHidden: true }),
      error?.stack ?? '',
      JSON.stringify(opened.events),
      JSON.stringify(opened.pool.status()),
      JSON.stringify(opened.pool.explain(requestId)),
      ...opened.lines,
    ];
    expect(opened.events.length).toBeGreaterThan(0);
    for (const text of told) expect(text).not.toContain(claudeKey);
    await opened.claude.set();
  });
});
