import { describe, expect, it } from 'vitest';
import type { CallEnd, CallStart, Labels, Role } from '../../src/index.js';
import { Traffic } from '../../src/residency/traffic.js';

const labels: Labels = {
  project: 'default',
  taskId: null,
  stepId: null,
  run: null,
  conversationId: null,
  userId: null,
  purpose: 'answer',
};

const start = (role: Role, startedAtMs: number, more: Partial<CallStart> = {}): CallStart => ({
  type: 'call-start',
  callId: 'call',
  requestId: 'request',
  attempt: 1,
  startedAtMs,
  role,
  lane: role === 'ux' ? 'ux' : 'planning',
  operation: 'chat',
  backend: 'fake',
  provider: 'ollama',
  model: 'model',
  modelDigest: null,
  estimatedInputTokens: null,
  maxOutputTokens: null,
  labels,
  ...more,
});

const end = (role: Role, durationMs: number, more: Partial<CallEnd> = {}): CallEnd => {
  const { type: _, ...shared } = start(role, 0);
  return {
    ...shared,
    type: 'call-end',
    endedAtMs: 0,
    status: 'ok',
    finishReason: 'stop',
    usage: {
      inputTokens: 700,
      outputTokens: 10,
      cacheReadTokens: null,
      cacheWriteTokens: null,
      reasoningTokens: null,
      source: 'reported',
    },
    timing: {
      durationMs,
      queueMs: 0,
      poolMs: 0,
      loadMs: null,
      serverWaitMs: null,
      prefillMs: null,
      decodeMs: null,
      transportMs: null,
      ttftMs: null,
    },
    fallbackFrom: null,
    coveredBy: null,
    error: null,
    ...more,
  };
};

describe('Traffic', () => {
  it('knows nothing of a role that nobody asked', () => {
    const traffic = new Traffic();
    expect([traffic.workMs('ux'), traffic.dueMs('ux', 0), traffic.cachedTokens('ux')]).toEqual([null, null, 0]);
  });

  it('expects the next call after the usual gap, and says 0 for one that is late', () => {
    const traffic = new Traffic();
    traffic.observe(start('ux', 10_000));
    expect(traffic.dueMs('ux', 10_000)).toBeNull();
    traffic.observe(start('ux', 20_000));
    expect([21_000, 30_000, 99_000].map((nowMs) => traffic.dueMs('ux', nowMs))).toEqual([9_000, 0, 0]);
    traffic.observe(start('ux', 40_000));
    expect(traffic.dueMs('ux', 40_000)).toBe(13_000);
    expect(traffic.dueMs('planning', 0)).toBeNull();
  });

  it('the work of a call is its time without waiting and loading', () => {
    const traffic = new Traffic();
    traffic.observe(start('planning', 0));
    const { timing } = end('planning', 9_000);
    traffic.observe(end('planning', 9_000, { timing: { ...timing, queueMs: 1_000, loadMs: 3_000 } }));
    expect(traffic.workMs('planning')).toBe(5_000);
    traffic.observe(end('planning', 15_000));
    expect(traffic.workMs('planning')).toBe(8_000);
    expect(traffic.cachedTokens('planning')).toBe(700);
  });

  it('a retry is no new call, a failure tells nothing about the work, and the pool itself is nobody', () => {
    const traffic = new Traffic();
    traffic.observe(start('ux', 0));
    traffic.observe(start('ux', 1_000, { attempt: 2 }));
    traffic.observe(start('ux', 2_000, { labels: { ...labels, purpose: 'canary' } }));
    expect(traffic.dueMs('ux', 2_000)).toBeNull();
    traffic.observe(end('ux', 5_000, { status: 'error' }));
    traffic.observe(end('ux', 5_000, { labels: { ...labels, purpose: 'canary' } }));
    traffic.observe(end('planning', 5_000));
    expect([traffic.workMs('ux'), traffic.workMs('planning')]).toEqual([null, null]);
  });
});
