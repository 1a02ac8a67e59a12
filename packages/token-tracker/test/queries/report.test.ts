import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import type { CallEnd, CallStart, ReportOptions, TokenTracker } from '../../src/index.js';
import { callsScript, readSqlite, reportScript, taskUsageScript, taskUsagesScript } from '../../src/queries/index.js';
import { fakeCallEnd, fakeCallStart } from '../../src/testing/index.js';
import { openTracker } from '../open-tracker.js';

async function record(
  tracker: TokenTracker,
  startedAt: string,
  fields: Partial<CallStart> & { taskId?: string } = {},
  end: Partial<CallEnd> = {},
) {
  const { taskId = null, ...further } = fields;
  const labels = { ...fakeCallStart().labels, ...further.labels, taskId };
  const start = fakeCallStart({ ...further, labels, startedAtMs: Date.parse(startedAt) });
  await tracker.record(fakeCallEnd(start, end));
}

const summary = async (tracker: TokenTracker, options: ReportOptions) =>
  (await tracker.report(options)).rows.map((row) => [...Object.values(row.group), row.calls]);

describe('a report', () => {
  it('by hour keeps the repeated hour of the day on which the clocks go back apart', async () => {
    await using open = await openTracker();
    for (const at of ['2026-10-25T00:10Z', '2026-10-25T01:10Z', '2026-10-25T01:50Z', '2026-10-25T02:10Z']) {
      await record(open.tracker, at);
    }
    expect(await summary(open.tracker, { by: 'hour', timeZone: 'Europe/Berlin' })).toEqual([
      ['2026-10-25T02:00+02:00', 1],
      ['2026-10-25T02:00+01:00', 2],
      ['2026-10-25T03:00+01:00', 1],
    ]);
    expect(await summary(open.tracker, { by: 'day', timeZone: 'Europe/Berlin' })).toEqual([['2026-10-25', 4]]);
  });

  it('follows the local day of zones off the full hour', async () => {
    await using open = await openTracker();
    await record(open.tracker, '2026-06-01T18:10Z'); // 23:55 in Kathmandu
    await record(open.tracker, '2026-06-01T18:20Z'); // 00:05 of the next day
    expect(await summary(open.tracker, { by: 'day', timeZone: 'Asia/Kathmandu' })).toEqual([
      ['2026-06-01', 1],
      ['2026-06-02', 1],
    ]);
    expect(await summary(open.tracker, { by: 'day', timeZone: 'UTC' })).toEqual([['2026-06-01', 2]]);
  });

  it('by week starts on Monday and by month on the first', async () => {
    await using open = await openTracker();
    for (const at of ['2026-05-31T12:00Z', '2026-06-01T12:00Z', '2026-06-07T12:00Z']) await record(open.tracker, at);
    expect(await summary(open.tracker, { by: 'week', timeZone: 'UTC' })).toEqual([
      ['2026-05-25', 1],
      ['2026-06-01', 2],
    ]);
    expect(await summary(open.tracker, { by: 'month', timeZone: 'UTC' })).toEqual([
      ['2026-05', 1],
      ['2026-06', 2],
    ]);
  });

  it('breaks down by several things at once, periods first and the most tokens first within', async () => {
    await using open = await openTracker();
    await record(open.tracker, '2026-06-01T12:00Z', { model: 'small' });
    await record(open.tracker, '2026-06-01T13:00Z', { model: 'large', role: 'planning' });
    await record(open.tracker, '2026-06-01T14:00Z', { model: 'large', role: 'planning' });
    await record(open.tracker, '2026-06-02T12:00Z', { model: 'small' });
    expect(await summary(open.tracker, { by: ['day', 'model', 'role'], timeZone: 'UTC' })).toEqual([
      ['2026-06-01', 'large', 'planning', 2],
      ['2026-06-01', 'small', 'ux', 1],
      ['2026-06-02', 'small', 'ux', 1],
    ]);
    expect(await summary(open.tracker, { by: 'project' })).toEqual([['demo', 4]]);
  });

  it('by task has one line for calls of no task, and answers for one conversation', async () => {
    await using open = await openTracker();
    const labels = { ...fakeCallStart().labels, conversationId: 'chat-1' };
    await record(open.tracker, '2026-06-01T12:00Z', { taskId: 'one' });
    await record(open.tracker, '2026-06-01T12:00Z', { taskId: 'one', labels });
    await record(open.tracker, '2026-06-01T12:00Z');
    expect(await summary(open.tracker, { by: 'task' })).toEqual([
      ['one', 2],
      [null, 1],
    ]);
    expect(await summary(open.tracker, { by: 'model', conversationId: 'chat-1' })).toEqual([['tiny', 1]]);
    expect(await summary(open.tracker, { by: 'model', taskId: 'one' })).toEqual([['tiny', 2]]);
    expect(await summary(open.tracker, { by: 'model', taskId: 'none' })).toEqual([]);
  });

  it('is exact to the millisecond at both ends of its span', async () => {
    await using open = await openTracker();
    const times = Array.from({ length: 200 }, (_, index) => Date.parse('2026-06-01T12:00Z') + index * 61_003);
    for (const atMs of times) await record(open.tracker, new Date(atMs).toISOString());
    const first = times[0] ?? 0;
    for (const [sinceMs, untilMs] of [
      [first, first + 1],
      [first + 1, first + 900_000],
      [first + 70_000, first + 80_000],
      [first + 899_999, first + 900_001],
      [first + 1_234_567, first + 9_876_543],
      [first - 5, first + 1e9],
      [first + 1e9, first + 2e9],
    ] as const) {
      const expected = times.filter((atMs) => atMs >= sinceMs && atMs < untilMs).length;
      const { totals } = await open.tracker.report({ by: 'model', sinceMs, untilMs });
      expect([sinceMs, untilMs, totals.calls]).toEqual([sinceMs, untilMs, expected]);
    }
  });

  it('tells in how many calls the cached tokens are known and how weak the weakest source is', async () => {
    await using open = await openTracker();
    const usage = { inputTokens: 20, outputTokens: 2, cacheReadTokens: 8, cacheWriteTokens: 1, reasoningTokens: 1 };
    await record(open.tracker, '2026-06-01T12:00Z', {}, { usage: { ...usage, source: 'reported' } });
    await record(
      open.tracker,
      '2026-06-01T12:00Z',
      {},
      { usage: { ...usage, cacheReadTokens: null, source: 'partial' } },
    );
    const { totals, droppedRecords } = await open.tracker.report({ by: 'day' });
    expect(totals).toEqual({
      calls: 2,
      errors: 0,
      inputTokens: 40,
      outputTokens: 4,
      cacheReadTokens: 8,
      cacheReadCalls: 1,
      cacheWriteTokens: 2,
      cacheWriteCalls: 2,
      reasoningTokens: 2,
      reasoningCalls: 2,
      durationMs: 400,
      source: 'partial',
    });
    expect(droppedRecords).toBe(0);
  });

  it('is not weakened by a call that used no tokens', async () => {
    await using open = await openTracker();
    const nothing = {
      inputTokens: 0,
      outputTokens: 0,
      cacheReadTokens: null,
      cacheWriteTokens: null,
      reasoningTokens: null,
    };
    await record(open.tracker, '2026-06-01T12:00Z');
    await record(
      open.tracker,
      '2026-06-01T12:00Z',
      {},
      { status: 'refused', usage: { ...nothing, source: 'estimated' } },
    );
    expect((await open.tracker.report({ by: 'day' })).totals).toMatchObject({ calls: 2, source: 'reported' });
  });

  it('of an empty database has no rows', async () => {
    await using open = await openTracker();
    const report = await open.tracker.report({ by: 'day' });
    expect(report).toMatchObject({ rows: [], totals: { calls: 0, cacheReadTokens: null, source: 'reported' } });
  });

  it.each([
    { by: [] },
    { by: 'year' },
    { by: ['day', 'month'] },
    { by: ['model', 'model'] },
    { by: 'day', sinceMs: Number.NaN },
    { by: 'day', sinceMs: 2, untilMs: 1 },
    { by: 'day', timeZone: 'Nowhere' },
    { by: undefined },
  ])('refuses %j', async (options) => {
    await using open = await openTracker();
    await expect(open.tracker.report(options as ReportOptions)).rejects.toMatchObject({
      code: 'invalid-argument',
      retryable: false,
    });
  });
});

it('the same answers come from a read-only handle without a tracker', async () => {
  await using open = await openTracker();
  await record(open.tracker, '2026-06-01T12:00Z', { taskId: 'one' });
  const sqlite = new Database(open.database.path, { readonly: true });
  try {
    const report = readSqlite(sqlite, reportScript({ by: ['day', 'task'] }));
    expect({ ...report, droppedRecords: 0 }).toEqual(await open.tracker.report({ by: ['day', 'task'] }));
    expect(report.droppedRecords).toBeNull();
    expect(readSqlite(sqlite, taskUsageScript('one'))).toEqual(await open.tracker.taskUsage('one'));
    expect(readSqlite(sqlite, taskUsagesScript(['one']))).toEqual(await open.tracker.taskUsages(['one']));
    expect(readSqlite(sqlite, callsScript())).toEqual(await open.tracker.calls());
  } finally {
    sqlite.close();
  }
});

it('tasks are found by index, one or many', async () => {
  await using open = await openTracker();
  for (const ids of [['a'], ['a', 'b', 'c']]) {
    const { value } = taskUsagesScript(ids).next() as { value: { sql: string; parameters: string[] } };
    const plan = open.database.sqlite.prepare(`EXPLAIN QUERY PLAN ${value.sql}`).all(...value.parameters);
    expect(JSON.stringify(plan)).toContain('tokens_calls_task');
  }
});

it('calls come newest first, limited, by task, and with open ones', async () => {
  await using open = await openTracker();
  await record(open.tracker, '2026-06-01T12:00Z', { taskId: 'one', model: 'first' });
  await record(open.tracker, '2026-06-01T13:00Z', { model: 'second' });
  await open.tracker.begin(fakeCallStart({ model: 'third' }));
  const models = async (options?: Parameters<TokenTracker['calls']>[0]) =>
    (await open.tracker.calls(options)).map((call) => call.model);
  expect(await models()).toEqual(['third', 'second', 'first']);
  expect(await models({ limit: 2 })).toEqual(['third', 'second']);
  expect(await models({ taskId: 'one' })).toEqual(['first']);
  for (const limit of [0, 1.5, 10_001, Number.NaN]) {
    await expect(open.tracker.calls({ limit })).rejects.toMatchObject({ code: 'invalid-argument', retryable: false });
  }
});

it('a call with unreadable meta is served without it', async () => {
  await using open = await openTracker();
  await record(open.tracker, '2026-06-01T12:00Z');
  open.database.sqlite.exec("UPDATE tokens_calls SET meta = '{'");
  expect((await open.tracker.calls())[0]?.meta).toBeNull();
});
