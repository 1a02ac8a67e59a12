import { temporaryDatabase } from '@tale/test-kit';
import { type Kysely, sql } from 'kysely';
import { describe, expect, inject, it } from 'vitest';
import { createContext, migrateContext } from '../../src/index.js';
import { openStore } from '../../src/store/open-store.js';
import { postgresDatabase } from '../support/postgres-database.js';
import { seedRows } from '../support/seed-rows.js';

const tables = [
  'messages',
  'conversations',
  'counts',
  'blocks',
  'windows',
  'summaries',
  'memories',
  'links',
  'vectors',
  'jobs',
];

async function counts(kysely: Kysely<unknown>): Promise<Record<string, number>> {
  const found: Record<string, number> = {};
  for (const table of tables) {
    const { rows } = await sql<{ n: number }>`select count(*) as n from ${sql.table(`context_${table}`)}`.execute(
      kysely,
    );
    found[table] = Number(rows[0]!.n);
  }
  return found;
}

const sqlite = async () => {
  const database = await temporaryDatabase<unknown>();
  await migrateContext(database.kysely);
  return database;
};
const socket = inject('postgresSocket');
const databases = [
  { name: 'SQLite', open: sqlite, isThere: true },
  { name: `PostgreSQL${socket ? '' : ' (not run)'}`, open: () => postgresDatabase(socket!), isThere: socket !== null },
];

describe.each(databases)('$name', ({ open, isThere }) => {
  it.skipIf(!isThere)('a conversation takes its rows of every kind with it and leaves the others alone', async () => {
    await using database = await open();
    const { kysely } = database;
    const store = openStore({ kysely });
    await seedRows(store, { conversationId: 'keep', project: 'p', canary: 'keep', messages: 5 });
    const before = await counts(kysely);
    await seedRows(store, { conversationId: 'go', project: 'p', canary: 'go', messages: 25 });
    const block = { text: 'quotes go', sources: ['x', 'go-m3'], tokens: 1 };
    await store.write((queries) => queries.blocks.put({ conversationId: 'keep', seq: 3, ...block }));
    await using context = createContext({ kysely });

    const { rows } = await context.conversations.delete('go', { forks: 'keep' });

    expect(await counts(kysely)).toEqual(before);
    expect(rows).toEqual({
      conversations: 1,
      messages: 25,
      index: 27,
      counts: 25,
      blocks: 2,
      windows: 1,
      summaries: 1,
      memories: 1,
      links: 1,
      vectors: 3,
      jobs: 1,
      learned: 0,
    });
    expect((await context.verify()).problems).toEqual([]);
    const record = await sql<{
      action: string;
      count: number;
      is_done: number;
    }>`select * from context_forgotten`.execute(kysely);
    expect(record.rows.map((row) => [row.action, Number(row.count), Number(row.is_done)])).toEqual([['delete', 88, 1]]);
  });

  it.skipIf(!isThere)('a redacted message loses what was made of it, in its forks too', async () => {
    await using database = await open();
    const { kysely } = database;
    const store = openStore({ kysely });
    await seedRows(store, { conversationId: 'c', project: 'p', canary: 'text', messages: 6 });
    await using context = createContext({ kysely });
    const fork = await context.conversations.fork('c', { atMessage: 'c-m4' });
    const summary = {
      level: 0,
      fromSeq: 1,
      toSeq: 5,
      kind: 'model' as const,
      text: 'of the fork',
      tokens: 2,
      model: 'm',
    };
    const source = { promptVersion: '1', sourceSha256: '', state: 'active' as const, createdAtMs: 1 };
    await store.write((queries) =>
      queries.summaries.insert({ id: 'fs', conversationId: fork.id, ...summary, ...source }),
    );

    await context.messages(fork.id).redact('c-m0', { reason: 'private' });

    expect(await counts(kysely)).toMatchObject({
      messages: 6,
      summaries: 0,
      memories: 0,
      blocks: 0,
      vectors: 0,
      counts: 5,
    });
    expect((await context.messages('c').read('c-m0')).text).toBe('[removed]');
    expect((await context.verify()).problems).toEqual([]);
  });

  it.skipIf(!isThere)('verify names what was changed, what is missing and what is left behind', async () => {
    await using database = await open();
    const { kysely } = database;
    const store = openStore({ kysely });
    await seedRows(store, { conversationId: 'c', project: 'p', canary: 'text', messages: 6 });
    await using context = createContext({ kysely });
    const problems = async () => (await context.verify()).problems.map(({ problem }) => problem).sort();
    expect(await problems()).toEqual([]);

    await sql`update context_messages set role = 'tool' where id = 'c-m1'`.execute(kysely);
    expect(await problems()).toContain('crc');
    await sql`update context_messages set role = 'assistant' where id = 'c-m1'`.execute(kysely);
    await sql`delete from context_messages where id = 'c-m2'`.execute(kysely);
    expect(await problems()).toEqual(['count', 'index', 'seq', 'summary']);
  });
});

it('verify finds words of the index that are not those of the row', async () => {
  await using database = await sqlite();
  const { kysely } = database;
  await seedRows(openStore({ kysely }), { conversationId: 'c', project: 'p', canary: 'text', messages: 2 });
  await sql`update context_summaries set text = 'other words'`.execute(kysely);
  await using context = createContext({ kysely });
  expect((await context.verify()).problems.map(({ problem }) => problem)).toContain('index');
});
