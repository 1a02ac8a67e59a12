import Database from 'better-sqlite3';
import { Kysely, SqliteDialect } from 'kysely';
import { describe, expect, it } from 'vitest';
import { createTokenTracker, type DroppedRecord, type TokenTracker, type TokenTrackerOptions } from '../src/index.js';
import { fakeCallEnd, fakeCallStart } from '../src/testing/index.js';
import { openTracker, trackerClock } from './open-tracker.js';

type Handles = Required<Pick<TokenTrackerOptions, 'kysely' | 'sqlite'>>;
const stores: [string, (handles: Handles) => Pick<TokenTrackerOptions, 'kysely' | 'sqlite'>][] = [
  ['a better-sqlite3 handle', (handles) => handles],
  ['Kysely', ({ kysely }) => ({ kysely })],
];

function drops(tracker: TokenTracker): DroppedRecord[] {
  const records: DroppedRecord[] = [];
  tracker.events.on('record-dropped', (record) => records.push(record));
  return records;
}

function readOnly(path: string): Handles & Disposable {
  const sqlite = new Database(path, { readonly: true });
  const kysely = new Kysely<Record<string, never>>({ dialect: new SqliteDialect({ database: sqlite }) });
  return { sqlite, kysely, [Symbol.dispose]: () => sqlite.close() };
}

// TOKENS-4: no call fails because of the tracker.
describe.each(stores)('written through %s', (_name, options) => {
  it('a database that stays locked for longer than a write waits fails no call, and nothing is lost', async () => {
    await using open = await openTracker();
    const { sqlite, kysely } = open.database.open();
    sqlite.pragma('busy_timeout = 20');
    let unlock = () => {};
    const unlocked = new Promise<void>((resolve) => {
      unlock = resolve;
    }).then(() => open.database.sqlite.exec('COMMIT'));
    const nothing = () => {};
    const warn = (_fields: object, message: string) => message.startsWith('the token store fails') && unlock();
    const logger = { debug: nothing, info: nothing, warn, error: nothing };
    await using tracker = createTokenTracker({ ...options({ sqlite, kysely }), logger });
    const dropped = drops(tracker);
    open.database.sqlite.exec('BEGIN IMMEDIATE');

    const starts = Array.from({ length: 20 }, () => fakeCallStart());
    await Promise.all(
      starts.map(async (start) => {
        const handle = await tracker.begin(start);
        await handle.progress(300);
        await handle.settle(fakeCallEnd(start));
      }),
    );
    await unlocked;
    await tracker.close();

    expect(dropped).toEqual([]);
    const calls = await open.tracker.calls();
    expect(calls.map((call) => call.status)).toEqual(starts.map(() => 'ok'));
    expect((await open.tracker.verify()).ok).toBe(true);
  });

  it('a call that was begun and settled while the database was locked is stored by the next write', async () => {
    await using open = await openTracker();
    const clock = trackerClock();
    const { sqlite, kysely } = open.database.open();
    sqlite.pragma('busy_timeout = 0');
    await using tracker = createTokenTracker({ ...options({ sqlite, kysely }), clock });
    const start = fakeCallStart();
    open.database.sqlite.exec('BEGIN IMMEDIATE');
    const handle = await tracker.begin(start);
    await handle.settle(fakeCallEnd(start));
    open.database.sqlite.exec('COMMIT');
    expect(await open.tracker.calls()).toEqual([]);
    await tracker.record(fakeCallEnd(fakeCallStart()));
    expect((await open.tracker.report({ by: 'model' })).totals.calls).toBe(2);
  });

  it('a read-only file fails no call, and what is lost is told and counted', async () => {
    await using open = await openTracker();
    using handles = readOnly(open.database.path);
    const tracker = createTokenTracker(options(handles));
    const dropped = drops(tracker);
    const start = fakeCallStart();
    const handle = await tracker.begin(start);
    await handle.progress(500);
    await handle.settle(fakeCallEnd(start));
    await tracker.record(fakeCallEnd(fakeCallStart()));
    expect((await tracker.report({ by: 'model' })).droppedRecords).toBe(0);
    await expect(tracker.endTask('task', { kind: 'test', outcome: 'done' })).rejects.toMatchObject({
      code: 'store-failed',
      retryable: true,
    });
    await tracker.close();
    expect(dropped.map(({ reason, count }) => [reason, count])).toEqual([
      ['closed', 1],
      ['closed', 2],
    ]);
    expect(dropped[0]?.callId).toBe(start.callId);
  });

  it('`onStoreError: closed` refuses a call that cannot be stored', async () => {
    await using open = await openTracker();
    using handles = readOnly(open.database.path);
    await using tracker = createTokenTracker({ ...options(handles), onStoreError: 'closed' });
    await expect(tracker.begin(fakeCallStart())).rejects.toMatchObject({ code: 'store-failed', retryable: true });
    await using healthy = createTokenTracker({ ...options(open.database), onStoreError: 'closed' });
    const start = fakeCallStart();
    await healthy.record(fakeCallEnd(start));
    expect(await healthy.begin(start)).toBeDefined();
  });

  it('a row that the schema refuses is dropped alone', async () => {
    await using open = await openTracker();
    await using tracker = createTokenTracker(options(open.database));
    const dropped = drops(tracker);
    const bad = fakeCallStart({ role: 'wizard' as 'ux' });
    const handle = await tracker.begin(bad);
    await handle.settle(fakeCallEnd(bad));
    await tracker.record(fakeCallEnd(fakeCallStart()));
    expect(dropped).toEqual([{ callId: bad.callId, reason: 'invalid', count: 1 }]);
    expect((await tracker.report({ by: 'model' })).totals.calls).toBe(1);
    expect((await tracker.report({ by: 'model' })).droppedRecords).toBe(1);
  });
});

it('memory keeps 10,000 records while the store fails, and drops the oldest', async () => {
  await using open = await openTracker();
  using handles = readOnly(open.database.path);
  const tracker = createTokenTracker(handles);
  const dropped = drops(tracker);
  const first = fakeCallStart();
  await tracker.record(fakeCallEnd(first));
  const begun = await tracker.begin(fakeCallStart());
  for (let index = 0; index < 10_000; index++) await tracker.record(fakeCallEnd(fakeCallStart()));
  // The second oldest only began: its settle can still bring the whole record.
  expect(dropped).toEqual([{ callId: first.callId, reason: 'overflow', count: 1 }]);
  expect(begun).toBeDefined();
  await tracker.close();
  expect(dropped).toHaveLength(10_001);
}, 60_000);

it('an impossible record among those that wait does not hold up the others', async () => {
  await using open = await openTracker();
  const { sqlite, kysely } = open.database.open();
  sqlite.pragma('busy_timeout = 0');
  await using tracker = createTokenTracker({ sqlite, kysely });
  const dropped = drops(tracker);
  open.database.sqlite.exec('BEGIN IMMEDIATE');
  const bad = fakeCallStart({ operation: 7 as unknown as 'chat', provider: null as unknown as string });
  const good = fakeCallStart();
  await Promise.all([
    tracker.record(fakeCallEnd(bad)),
    tracker.record(fakeCallEnd(good)),
    tracker.begin(fakeCallStart({ role: 'x' as 'ux' })),
  ]);
  open.database.sqlite.exec('COMMIT');
  await tracker.close();
  expect((await open.tracker.calls()).map((call) => call.callId)).toEqual([good.callId]);
  expect(dropped.map(({ callId, reason }) => [callId, reason])).toContainEqual([bad.callId, 'invalid']);
});

it('a handle on which somebody else has a transaction open is waited for', async () => {
  await using open = await openTracker();
  open.database.sqlite.exec('BEGIN');
  const start = fakeCallStart();
  const begun = open.tracker.begin(start); // its first try has failed when it returns
  open.database.sqlite.exec('ROLLBACK');
  await begun;
  expect((await open.tracker.calls())[0]?.callId).toBe(start.callId);
});

it('a call with fields of the wrong kind fails nothing', async () => {
  await using open = await openTracker();
  const dropped = drops(open.tracker);
  const start = { ...fakeCallStart(), labels: undefined } as unknown as ReturnType<typeof fakeCallStart>;
  const handle = await open.tracker.begin(start);
  await handle.settle({ ...fakeCallEnd(fakeCallStart()), ...start, type: 'call-end' });
  await open.tracker.record(undefined as unknown as ReturnType<typeof fakeCallEnd>);
  expect(dropped.map(({ reason }) => reason)).toEqual(['invalid', 'invalid']);
});

it('settling after close still stores the call, or tells that it is lost', async () => {
  await using open = await openTracker();
  const { sqlite, kysely } = open.database.open();
  const tracker = createTokenTracker({ sqlite, kysely });
  const dropped = drops(tracker);
  const [one, two] = [fakeCallStart(), fakeCallStart()];
  const handles = [await tracker.begin(one), await tracker.begin(two)] as const;
  await tracker.close();
  await handles[0].settle(fakeCallEnd(one));
  expect((await open.tracker.calls({ limit: 2 })).map((call) => call.status).sort()).toEqual(['ok', 'open']);
  open.database.sqlite.exec('BEGIN IMMEDIATE');
  sqlite.pragma('busy_timeout = 0');
  await handles[1].settle(fakeCallEnd(two));
  open.database.sqlite.exec('COMMIT');
  expect(dropped).toEqual([{ callId: two.callId, reason: 'closed', count: 1 }]);
});
