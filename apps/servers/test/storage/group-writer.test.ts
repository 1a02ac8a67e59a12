import { temporaryDatabase } from '@tale/test-kit';
import { sql } from 'kysely';
import { expect, it } from 'vitest';
import { groupWriter } from '../../src/storage/group-writer.js';

interface Tables {
  t: { id: number };
}

const insert = (id: number) => async (trx: Parameters<Parameters<ReturnType<typeof groupWriter>['submit']>[0]>[0]) => {
  await trx.insertInto('t').values({ id }).execute();
  return id;
};

async function table() {
  const database = await temporaryDatabase<Tables>();
  database.sqlite.exec('create table t(id integer primary key) strict');
  return database;
}

it('stores what waits together in one transaction and answers each', async () => {
  await using database = await table();
  const writer = groupWriter(database.kysely);
  const results = await Promise.all(Array.from({ length: 1_000 }, (_, id) => writer.submit(insert(id))));
  expect(results).toEqual(Array.from({ length: 1_000 }, (_, id) => id));
  expect(database.sqlite.prepare('select count(*) n from t').get()).toEqual({ n: 1_000 });
});

it('rolls a refused write back alone', async () => {
  await using database = await table();
  const writer = groupWriter(database.kysely);
  const [first, twice, third] = await Promise.allSettled([
    writer.submit(insert(1)),
    writer.submit(insert(1)),
    writer.submit(insert(3)),
  ]);
  expect([first.status, twice.status, third.status]).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  expect(database.sqlite.prepare('select id from t order by id').all()).toEqual([{ id: 1 }, { id: 3 }]);
});

it('undoes all of a write that fails after its first statement', async () => {
  await using database = await table();
  const writer = groupWriter(database.kysely);
  const failing = writer.submit(async (trx) => {
    await insert(5)(trx);
    throw new Error('refused');
  });
  await expect(failing).rejects.toThrow('refused');
  expect(database.sqlite.prepare('select count(*) n from t').get()).toEqual({ n: 0 });
});

it('tells every writer of a group that could not be committed', async () => {
  await using database = await table();
  const writer = groupWriter(database.kysely);
  const results = await Promise.allSettled([
    writer.submit(insert(1)),
    writer.submit(async (trx) => void (await sql`rollback`.execute(trx))),
  ]);
  expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  expect(await writer.submit(insert(2))).toBe(2);
});

it('waits for another process that writes', async () => {
  await using database = await table();
  const other = database.open();
  other.sqlite.exec('begin immediate');
  const waiting = groupWriter(database.kysely).submit(insert(1));
  setTimeout(() => other.sqlite.exec('commit'), 50);
  expect(await waiting).toBe(1);
}, 60_000);

it('tells when the disk refuses to store, and when it stores again', async () => {
  await using database = await table();
  const told: (string | null)[] = [];
  const writer = groupWriter(database.kysely, (problem) => told.push(problem));
  const pages = database.sqlite.pragma('page_count', { simple: true });
  database.sqlite.pragma(`max_page_count = ${pages}`);
  const many = writer.submit(async (trx) => {
    for (let id = 0; id < 5_000; id++) await insert(id)(trx);
  });
  await expect(many).rejects.toMatchObject({ code: 'SQLITE_FULL' });
  database.sqlite.pragma('max_page_count = 1000000');
  await writer.submit(insert(1));
  await writer.submit(insert(2));
  expect(told).toEqual([expect.stringContaining('disk is full'), null]);
});
