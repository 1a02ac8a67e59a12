import { seededRandom, temporaryDatabase } from '@tale/test-kit';
import { expect, inject, it } from 'vitest';
import { type Database, migrateContext } from '../../src/index.js';
import { type OpenStore, openStore } from '../../src/store/open-store.js';
import { postgresDatabase } from '../support/postgres-database.js';

const words =
  'alpha beta gamma delta running runner server node token cache index store crash write reader window'.split(' ');
const socket = inject('postgresSocket');

async function fill(store: OpenStore): Promise<void> {
  const random = seededRandom(7);
  const pick = () => words[Math.floor(random() ** 2 * words.length)]!;
  for (const id of ['a', 'b', 'p']) {
    await store.write((queries) =>
      queries.conversations.insert({
        id,
        title: null,
        isTitled: false,
        owner: 'local',
        project: id === 'b' ? 'q' : null,
        folder: null,
        parentId: null,
        forkSeq: 0,
        isPrivate: id === 'p',
        createdAtMs: 1,
        updatedAtMs: 1,
        archivedAtMs: null,
        meta: {},
      }),
    );
  }
  for (let index = 0; index < 120; index++) {
    const conversationId = ['a', 'b', 'p'][index % 3]!;
    const text = Array.from({ length: 3 + Math.floor(random() * 60) }, pick).join(' ');
    await store.write(async (queries) => {
      const { lastSeq: seq } = (await queries.conversations.nextSeq(conversationId, 1))!;
      const nothing = { toolCallId: null, taskId: null, callId: null, process: null };
      const role = (['user', 'assistant'] as const)[index % 2]!;
      const rest = { status: 'done', origin: 'user', parts: {}, createdAtMs: index } as const;
      await queries.messages.insert({ id: `m${index}`, conversationId, seq, role, text, ...nothing, ...rest });
    });
  }
}

async function sqlite(): Promise<{ kysely: Database } & AsyncDisposable> {
  const database = await temporaryDatabase<unknown>();
  await migrateContext(database.kysely);
  return database;
}

it.skipIf(socket === null)('both databases score and order alike, in every scope', async () => {
  await using one = await sqlite();
  await using two = await postgresDatabase(socket!);
  const stores = [openStore({ kysely: one.kysely }), openStore({ kysely: two.kysely })];
  for (const store of stores) await fill(store);
  const scopes = [
    { owner: 'local' },
    { owner: 'local', withPrivate: true },
    { owner: 'local', project: null },
    { owner: 'local', project: 'q', roles: ['user' as const] },
    { conversationId: 'p' },
  ];
  const asked = [['runs'], ['server', 'cache'], ['windows', 'readers', 'crashed'], ['alpha beta'], ['unknown', 'node']];
  let found = 0;
  for (const scope of scopes) {
    for (const query of asked) {
      for (const match of ['any', 'all'] as const) {
        const hits = await Promise.all(
          stores.map((store) =>
            store.read((queries) => queries.index.search({ scope, words: query, match, limit: 200 })),
          ),
        );
        const rounded = hits.map((list) => list.map(({ num, kind, score }) => [num, kind, score.toFixed(6)]));
        const isPhrase = query[0]!.includes(' '); // counted by its rarest word on PostgreSQL
        if (isPhrase)
          expect(new Set(rounded[1]!.map(([num]) => num))).toEqual(new Set(rounded[0]!.map(([num]) => num)));
        else expect(rounded[1], JSON.stringify([scope, query, match])).toEqual(rounded[0]);
        found += hits[0]!.length;
      }
    }
  }
  expect(found).toBeGreaterThan(200);
  const counts = await Promise.all(
    stores.map((store) => store.read((queries) => queries.index.frequencies(['runs', 'runner', 'cache', 'zzz', '!']))),
  );
  expect(counts[1]!.documents).toBe(120);
  expect([...counts[1]!.of]).toEqual([...counts[0]!.of]);
});
