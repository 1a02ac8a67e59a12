import { seededRandom, temporaryDatabase } from '@tale/test-kit';
import { CompiledQuery } from 'kysely';
import { expect, it } from 'vitest';
import { createCheckpoints, migrateCheckpoints } from '../src/index.js';
import { ownTransactions } from '../src/store/own-transactions.js';

const start = { ops: [['=', ['list'], []]] } as const;

// CHECKPOINTS-3
it('lets a worker that lost its lease write nothing, though it does not know yet', async () => {
  await using database = await temporaryDatabase<{ lease: { epoch: number } }>();
  await migrateCheckpoints(database.kysely);
  database.sqlite.exec('create table lease (epoch integer) strict; insert into lease values (1)');
  const worker = (epoch: number) => {
    const { kysely } = database.open();
    const thread = createCheckpoints({ kysely }).thread('t');
    const append = (text: string) =>
      thread.append(
        { ops: [['+', ['list'], [text]]] },
        {
          guard: async (trx) => {
            const row = await trx.selectFrom('lease').select('epoch').executeTakeFirst();
            return row?.epoch === epoch;
          },
        },
      );
    return { thread, append };
  };
  const old = worker(1);
  await old.thread.append(start);
  await old.append('old');

  database.sqlite.exec('update lease set epoch = 2');
  const next = worker(2);
  await expect(old.append('late')).rejects.toMatchObject({ code: 'lease-lost', retryable: false, threadId: 't' });
  await next.append('new');
  await expect(old.append('later')).rejects.toMatchObject({ code: 'lease-lost' });
  // The two in one moment: whichever comes first, only the new one writes.
  const both = await Promise.allSettled([old.append('latest'), next.append('newest')]);
  expect(both.map(({ status }) => status)).toEqual(['rejected', 'fulfilled']);
  expect((await next.thread.load())?.state).toMatchObject({ list: ['old', 'new', 'newest'] });
  expect((await next.thread.verify()).damaged).toEqual([]);
});

it('waits for another process that writes, and says busy when it does not end', async () => {
  await using database = await temporaryDatabase();
  await migrateCheckpoints(database.kysely);
  const { sqlite } = database.open();
  database.sqlite.pragma('busy_timeout = 1');
  const thread = createCheckpoints({ kysely: database.kysely }).thread('t');
  sqlite.exec('begin immediate');
  const waiting = thread.append(start);
  setTimeout(() => sqlite.exec('commit'), 30);
  expect((await waiting).step).toBe(1);

  sqlite.exec('begin immediate');
  const busy = { code: 'storage-busy', retryable: true };
  await expect(thread.append({ ops: [] })).rejects.toMatchObject(busy);
  // From a writer of the caller's own, which reports what SQLite says.
  const direct = {
    submit: () => database.kysely.executeQuery(CompiledQuery.raw('begin immediate')) as Promise<never>,
  };
  const other = createCheckpoints({ kysely: database.kysely, writer: direct }).thread('t');
  await expect(other.append({ ops: [] })).rejects.toMatchObject({ ...busy, threadId: 't' });
  sqlite.exec('commit');
  expect((await thread.append({ ops: [] })).step).toBe(2);
});

it('reports a full disk as retryable, keeps what was acknowledged and goes on when there is space', async () => {
  await using database = await temporaryDatabase();
  await migrateCheckpoints(database.kysely);
  const thread = createCheckpoints({ kysely: database.kysely }).thread('t');
  await thread.append(start);
  database.sqlite.pragma('max_page_count = 20');
  const random = seededRandom(1);
  const noise = Array.from({ length: 60_000 }, () => random().toString(36).at(-1)).join('');
  const full = thread.append({ ops: [['=', ['noise'], noise + noise.toUpperCase()]] });
  await expect(full).rejects.toMatchObject({ code: 'storage-failed', retryable: true, threadId: 't' });
  expect((await thread.load())?.step).toBe(1);
  database.sqlite.pragma('max_page_count = 100000');
  expect((await thread.append({ ops: [['=', ['noise'], noise]] })).step).toBe(2);
  expect((await thread.verify()).damaged).toEqual([]);
});

it('reports a database without the tables', async () => {
  await using database = await temporaryDatabase();
  const thread = createCheckpoints({ kysely: database.kysely }).thread('t');
  await expect(thread.load()).rejects.toMatchObject({ code: 'storage-failed', retryable: false, threadId: 't' });
});

it('migrates once, and again without effect', async () => {
  await using database = await temporaryDatabase();
  await migrateCheckpoints(database.kysely);
  await createCheckpoints({ kysely: database.kysely }).thread('t').append(start);
  await migrateCheckpoints(database.open().kysely);
  expect((await createCheckpoints({ kysely: database.kysely }).thread('t').load())?.step).toBe(1);
  const tables = database.sqlite.prepare(
    `select name, strict from pragma_table_list where name like 'ckpt\\_%' escape '\\'`,
  );
  const ours = (tables.all() as { name: string; strict: number }[]).filter(({ name }) => !name.includes('migrations'));
  expect(ours.map(({ name, strict }) => [name, strict]).sort()).toEqual([
    ['ckpt_block', 1],
    ['ckpt_label', 1],
    ['ckpt_thread', 1],
  ]);
});

it('leaves nothing of a migration that fails', async () => {
  await using database = await temporaryDatabase();
  database.sqlite.exec('create table ckpt_label (x integer)');
  await expect(migrateCheckpoints(database.kysely)).rejects.toThrow();
  expect(database.sqlite.prepare(`select name from sqlite_master where name like 'ckpt%'`).all()).toEqual([
    { name: 'ckpt_label' },
  ]);
  database.sqlite.exec('drop table ckpt_label');
  await migrateCheckpoints(database.kysely);
});

it('rolls a failing write back and passes its error on', async () => {
  await using database = await temporaryDatabase();
  database.sqlite.exec('create table t (x integer)');
  const writer = ownTransactions(database.kysely, () => 0);
  const failure = new Error('no');
  await expect(
    writer.submit(async (trx) => {
      await trx.insertInto('t').values({ x: 1 }).execute();
      throw failure;
    }),
  ).rejects.toBe(failure);
  expect(database.sqlite.prepare('select count(*) as n from t').get()).toEqual({ n: 0 });
});
