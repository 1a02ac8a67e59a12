import { expect, it } from 'vitest';
import { type CallEnd, createTokenTracker, type TokenTracker, TokenTrackerError } from '../src/index.js';
import { fakeCallEnd, fakeCallStart } from '../src/testing/index.js';
import { groupWriter } from './group-writer.js';
import { openTracker, trackerClock } from './open-tracker.js';

it('call-settled is raised once per call, after its commit, with what was counted', async () => {
  await using open = await openTracker();
  const seen: CallEnd[] = [];
  let stored: unknown;
  open.tracker.events.on('call-settled', (call) => {
    seen.push(call);
    stored = open.database.sqlite.prepare('SELECT status FROM tokens_calls').pluck().get();
  });
  const start = fakeCallStart({ estimatedInputTokens: 9 });
  const handle = await open.tracker.begin(start);
  await handle.settle(fakeCallEnd(start, { usage: { ...fakeCallEnd(start).usage, inputTokens: -1 } }));
  await handle.settle(fakeCallEnd(start));
  expect(seen).toHaveLength(1);
  expect(seen[0]).toMatchObject({ callId: start.callId, usage: { inputTokens: 9, source: 'estimated' } });
  expect(stored).toBe('ok');
});

it('a listener that throws fails no call', async () => {
  await using open = await openTracker();
  open.tracker.events.on('call-settled', () => {
    throw new Error('listener');
  });
  await open.tracker.record(fakeCallEnd(fakeCallStart()));
  expect((await open.tracker.verify()).calls).toBe(1);
});

it('begin and settle have committed before their promises are returned', async () => {
  await using open = await openTracker();
  const status = () => open.database.sqlite.prepare('SELECT status FROM tokens_calls').pluck().get();
  const start = fakeCallStart();
  const begun = open.tracker.begin(start);
  expect(status()).toBe('open');
  const settled = (await begun).settle(fakeCallEnd(start));
  expect(status()).toBe('ok');
  await settled;
});

it('progress is stored each 256 tokens or 2 s, never backwards and never after the settle', async () => {
  const clock = trackerClock();
  await using open = await openTracker({ clock });
  const stored = () => open.database.sqlite.prepare('SELECT out_tok FROM tokens_calls').pluck().get();
  const start = fakeCallStart();
  const handle = await open.tracker.begin(start);
  const after = async (tokens: number, ms = 0) => {
    await clock.advance(ms);
    await handle.progress(tokens);
    return stored();
  };
  expect(await after(255)).toBeNull();
  expect(await after(256)).toBe(256);
  expect(await after(300, 1_999)).toBe(256);
  expect(await after(301, 1)).toBe(301);
  expect(await after(100, 5_000)).toBe(301);
  for (const bad of [Number.NaN, -1, 0.5, 2 ** 41]) expect(await after(bad, 5_000)).toBe(301);
  await handle.settle(fakeCallEnd(start));
  expect(await after(9_999, 5_000)).toBe(5);
});

it('the heartbeat is stored each 5 s until the tracker closes', async () => {
  const clock = trackerClock();
  await using open = await openTracker({ clock, processId: 'me' });
  const seen = () => open.database.sqlite.prepare('SELECT process_id, pid, seen_at FROM tokens_processes').all();
  await clock.advance(20_000);
  expect(seen()).toEqual([]);
  const start = fakeCallStart();
  const handle = await open.tracker.begin(start);
  const beganMs = clock.monotonic();
  expect(seen()).toEqual([{ process_id: 'me', pid: process.pid, seen_at: beganMs }]);
  await clock.advance(14_000);
  expect(seen()).toMatchObject([{ seen_at: beganMs + 10_000 }]);
  await handle.settle(fakeCallEnd(start));
  await open.tracker.close();
  await clock.advance(14_000);
  expect(seen()).toEqual([]);
});

it('the heartbeat stores records that wait', async () => {
  const clock = trackerClock();
  await using open = await openTracker();
  const { sqlite, kysely } = open.database.open();
  sqlite.pragma('busy_timeout = 0');
  await using tracker = createTokenTracker({ sqlite, kysely, clock });
  const start = fakeCallStart();
  const handle = await tracker.begin(start);
  open.database.sqlite.exec('BEGIN IMMEDIATE');
  await handle.settle(fakeCallEnd(start));
  open.database.sqlite.exec('COMMIT');
  expect((await open.tracker.verify()).open).toBe(1);
  await clock.advance(5_000);
  expect((await open.tracker.verify()).open).toBe(0);
});

it('a process of another host is lost once its registration has not changed for 30 s', async () => {
  const clock = trackerClock();
  await using open = await openTracker({ clock });
  await open.tracker.begin(fakeCallStart());
  open.database.sqlite.exec("UPDATE tokens_processes SET host = 'elsewhere', seen_at = 1");
  const { sqlite, kysely } = open.database.open();
  await using rescuer = createTokenTracker({ sqlite, kysely, clock: { ...clock, after: () => () => {} } });
  expect(await rescuer.recover()).toEqual({ processes: 0, calls: 0 });
  open.database.sqlite.exec('UPDATE tokens_processes SET seen_at = 2');
  expect(await rescuer.recover()).toEqual({ processes: 0, calls: 0 });
  await clock.advance(30_000);
  open.database.sqlite.exec('UPDATE tokens_processes SET seen_at = 2');
  expect(await rescuer.recover()).toEqual({ processes: 1, calls: 1 });
});

it('an open call of a tracker that has closed is lost at once', async () => {
  await using open = await openTracker();
  const { sqlite, kysely } = open.database.open();
  const tracker = createTokenTracker({ sqlite, kysely });
  await tracker.begin(fakeCallStart());
  await tracker.close();
  expect(await open.tracker.recover()).toEqual({ processes: 1, calls: 1 });
});

it('how many records were dropped is unknown until the tracker has begun or recorded a call', async () => {
  await using open = await openTracker();
  const { kysely, sqlite } = open.database;
  const dropped = async (tracker: TokenTracker) => (await tracker.report({ by: 'model' })).droppedRecords;
  await using beginning = createTokenTracker({ kysely, sqlite });
  await using recording = createTokenTracker({ kysely, sqlite });
  await beginning.recover();
  expect(await dropped(beginning)).toBeNull();
  await beginning.begin(fakeCallStart());
  expect(await dropped(beginning)).toBe(0);
  await recording.endTask('task', { kind: 'test', outcome: 'done' });
  expect(await dropped(recording)).toBeNull();
  await recording.record(fakeCallEnd(fakeCallStart({ role: 'x' as 'ux' })));
  expect(await dropped(recording)).toBe(1);
  expect(await dropped(open.tracker)).toBeNull();
});

it('verify names damaged calls and sums that differ from their calls', async () => {
  await using open = await openTracker();
  const labels = { ...fakeCallStart().labels, taskId: 'task-1' };
  const start = fakeCallStart({ labels });
  await open.tracker.record(fakeCallEnd(start));
  await open.tracker.record(fakeCallEnd(fakeCallStart()));
  expect(await open.tracker.verify()).toEqual({ ok: true, calls: 2, open: 0, differences: [], damaged: [] });

  open.database.sqlite.prepare('UPDATE tokens_calls SET in_tok = in_tok + 3 WHERE id = ?').run(start.callId);
  const found = await open.tracker.verify();
  expect(found).toMatchObject({ ok: false, damaged: [{ callId: start.callId }] });
  expect(found.differences).toMatchObject([
    { table: 'tokens_rollup', key: { model: 'tiny', source: 'reported' }, off: { in_tok: 3 } },
    { table: 'tokens_tasks', key: { task_id: 'task-1' }, off: { in_tok: 3 } },
  ]);

  open.database.sqlite.exec('DELETE FROM tokens_rollup');
  expect((await open.tracker.verify()).differences[0]).toMatchObject({ table: 'tokens_rollup', off: { calls: 2 } });
});

it('usage of tasks is null-safe and in the order of tokens', async () => {
  await using open = await openTracker();
  const none = { inputTokens: 0, outputTokens: 0, calls: 0, source: 'reported', byModel: [] };
  expect(await open.tracker.taskUsage('none')).toEqual(none);
  expect(await open.tracker.taskUsages([])).toEqual(new Map());
  const labels = { ...fakeCallStart().labels, taskId: 'one' };
  await open.tracker.begin(fakeCallStart({ labels }));
  expect(await open.tracker.taskUsage('one')).toEqual(none);
});

it('many writes at once share groups of a writer that commits in groups', async () => {
  await using open = await openTracker();
  const writer = groupWriter(open.database.kysely);
  await using tracker = createTokenTracker({ kysely: open.database.kysely, writer });
  await Promise.all(Array.from({ length: 30 }, () => tracker.record(fakeCallEnd(fakeCallStart()))));
  expect(writer.groups).toEqual([30]);
  expect((await tracker.verify()).calls).toBe(30);
});

it('closing twice is closing once, and later calls are refused as closed', async () => {
  await using open = await openTracker();
  const { tracker } = open;
  expect(tracker.close()).toBe(tracker.close());
  await tracker[Symbol.asyncDispose]();
  const refused = { code: 'closed', retryable: false };
  await expect(tracker.begin(fakeCallStart())).rejects.toMatchObject(refused);
  await expect(tracker.endTask('task', { kind: 'test', outcome: 'done' })).rejects.toMatchObject(refused);
  await expect(tracker.recover()).rejects.toMatchObject(refused);
  await expect(tracker.report({ by: 'day' })).rejects.toMatchObject(refused);
  await expect(tracker.taskUsage('task')).rejects.toMatchObject(refused);
  await expect(tracker.calls()).rejects.toMatchObject(refused);
  await expect(tracker.verify()).rejects.toMatchObject(refused);
});

it('closing while writes are under way waits for them', async () => {
  await using open = await openTracker();
  const tracker = createTokenTracker({ kysely: open.database.kysely });
  const records = Array.from({ length: 10 }, () => tracker.record(fakeCallEnd(fakeCallStart())));
  await tracker.close();
  expect((await open.tracker.verify()).calls).toBe(10);
  await Promise.all(records);
});

it('an aborted read rejects with the reason of its signal', async () => {
  await using open = await openTracker();
  const reason = new Error('enough');
  const signal = AbortSignal.abort(reason);
  await expect(open.tracker.report({ by: 'day', signal })).rejects.toBe(reason);
  await expect(open.tracker.verify({ signal })).rejects.toBe(reason);
  await expect(open.tracker.recover({ signal })).rejects.toBe(reason);
  await expect(open.tracker.calls({ signal })).rejects.toBe(reason);
  const controller = new AbortController();
  const verified = open.tracker.verify({ signal: controller.signal });
  controller.abort(reason);
  await expect(verified).rejects.toBe(reason);
});

it('a read on a database that was not migrated fails as a fact', async () => {
  await using open = await openTracker();
  open.database.sqlite.exec('DROP TABLE tokens_rollup');
  const error = await open.tracker.report({ by: 'day' }).catch((caught: unknown) => caught);
  expect(error).toMatchObject({ name: 'TokenTrackerError', code: 'store-failed' });
  expect(TokenTrackerError.isInstance(error)).toBe(true);
  expect(TokenTrackerError.isInstance(new Error('other'))).toBe(false);
});

it('what goes wrong is told to the logger', async () => {
  const messages: string[] = [];
  const tell = (_fields: object, message: string) => void messages.push(message);
  const logger = { debug: tell, info: tell, warn: tell, error: tell };
  await using open = await openTracker({ logger });
  await open.tracker.begin(fakeCallStart({ role: 'x' as 'ux' }));
  await open.tracker.record(fakeCallEnd(fakeCallStart({ role: 'x' as 'ux' })));
  expect(messages).toHaveLength(2);
});
