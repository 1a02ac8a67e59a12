import type { CallEnd, CallGate, CallStart } from '@tale/model-pool';
import { expect, it } from 'vitest';
import { type CloudBudgetView, claudeFacts, createCloudBudget } from '../../src/models/cloud-budget.js';

const noon = new Date(2027, 0, 31, 12).getTime();
const silent: CallGate = { begin: async () => ({ progress: async () => {}, settle: async () => {} }) };
const start = (callId: string, provider = 'anthropic') =>
  ({ callId, provider, estimatedInputTokens: 100 }) as CallStart;
const end = (callId: string, inputTokens: number, outputTokens: number) =>
  ({ callId, usage: { inputTokens, outputTokens } }) as CallEnd;

function budgetOf(dailyTokens: number | null, used = 0) {
  const alerts: CloudBudgetView[] = [];
  const asked: number[] = [];
  const time = { nowMs: noon };
  const budget = createCloudBudget({
    provider: 'anthropic',
    dailyTokens,
    usedSince: async (sinceMs) => {
      asked.push(sinceMs);
      return used;
    },
    now: () => time.nowMs,
    onAlert: (view) => alerts.push(view),
  });
  return { budget, gate: budget.counting(silent), alerts, asked, time };
}

it('counts what is recorded of today, what runs and what has ended', async () => {
  const { budget, gate, asked } = budgetOf(10_000, 500);
  const handle = await gate.begin(start('a'));
  expect(await budget.view()).toEqual({ usedTokens: 600, dailyTokens: 10_000, state: 'ok' });
  await handle.settle(end('a', 150, 50));
  expect(await budget.view()).toMatchObject({ usedTokens: 700 });
  expect(asked).toEqual([new Date(2027, 0, 31).getTime()]);
});

it('leaves calls of other providers out', async () => {
  const { budget, gate } = budgetOf(10_000);
  const handle = await gate.begin(start('a', 'ollama'));
  await handle.settle(end('a', 5_000, 5_000));
  expect(await budget.view()).toMatchObject({ usedTokens: 0, state: 'ok' });
});

it('tells once at four fifths and once when all is used', async () => {
  const { gate, alerts } = budgetOf(1_000);
  for (const [callId, tokens] of [
    ['a', 700],
    ['b', 100],
    ['c', 50],
    ['d', 150],
    ['e', 10],
  ] as const) {
    const handle = await gate.begin(start(callId));
    await handle.settle(end(callId, tokens, 0));
    await new Promise(setImmediate);
  }
  expect(alerts.map(({ state, usedTokens }) => [state, usedTokens])).toEqual([
    ['warning', 800],
    ['exhausted', 1_000],
  ]);
});

it('begins anew with the next day', async () => {
  const { budget, gate, asked, time } = budgetOf(1_000);
  const handle = await gate.begin(start('a'));
  await handle.settle(end('a', 1_000, 0));
  expect(await budget.view()).toMatchObject({ state: 'exhausted' });
  time.nowMs = new Date(2027, 1, 1, 0, 0, 1).getTime();
  expect(await budget.view()).toMatchObject({ usedTokens: 0, state: 'ok' });
  expect(asked).toHaveLength(2);
});

it('puts no call on record whose day cannot be read, and asks again with the next one', async () => {
  const begun: string[] = [];
  let isBroken = true;
  const budget = createCloudBudget({
    provider: 'anthropic',
    dailyTokens: 1_000,
    usedSince: async () => {
      if (isBroken) throw new Error('the disk is full');
      return 7;
    },
    now: () => noon,
    onAlert: () => {},
  });
  const gate = budget.counting({
    begin: (call) => {
      begun.push(call.callId);
      return silent.begin(call);
    },
  });
  await expect(gate.begin(start('a'))).rejects.toThrow('the disk is full');
  isBroken = false;
  await gate.begin(start('b'));
  expect(begun).toEqual(['b']);
  expect(await budget.view()).toMatchObject({ usedTokens: 107 });
});

it('counts what a running call has written so far', async () => {
  const { budget, gate } = budgetOf(1_000);
  const handle = await gate.begin(start('a'));
  await handle.progress(300);
  await handle.progress(850);
  expect(await budget.view()).toMatchObject({ usedTokens: 950, state: 'warning' });
});

it('counts a call whose recording failed', async () => {
  const failing: CallGate = {
    begin: async () => ({ progress: async () => {}, settle: () => Promise.reject(new Error('disk full')) }),
  };
  const { budget } = budgetOf(10_000);
  const handle = await budget.counting(failing).begin(start('a'));
  await expect(handle.settle(end('a', 150, 50))).rejects.toThrow('disk full');
  expect(await budget.view()).toMatchObject({ usedTokens: 200 });
});

it('has no state but ok without a limit', async () => {
  const { budget } = budgetOf(null, 1e9);
  expect(await budget.view()).toEqual({ usedTokens: 1e9, dailyTokens: null, state: 'ok' });
});

it('is one unread part of the health where its tokens cannot be read', async () => {
  expect(await claudeFacts(budgetOf(10_000, 500).budget)).toEqual({
    usedTokens: 500,
    dailyTokens: 10_000,
    state: 'ok',
  });
  const unread = createCloudBudget({
    provider: 'anthropic',
    dailyTokens: null,
    usedSince: async () => Promise.reject(new Error('database disk image is malformed')),
    now: () => noon,
    onAlert: () => {},
  });
  expect(await claudeFacts(unread)).toEqual({ state: 'unknown', error: expect.stringContaining('malformed') });
});
