import { expect, it } from 'vitest';
import { createContext } from '../../src/index.js';
import { openDatabase } from '../support/open-database.js';

it('a message of ten million characters is refused at once, one of a million is stored', async () => {
  await using database = await openDatabase();
  await using context = createContext({ kysely: database.kysely });
  await context.conversations.create({ id: 'c' });
  const messages = context.messages('c');
  const text = 'word '.repeat(2_000_000);
  await expect(messages.append({ role: 'user', text })).rejects.toMatchObject({
    code: 'message-too-large',
    limit: 1_000_000,
  });
  expect((await messages.append({ role: 'user', text: text.slice(0, 1_000_000) })).seq).toBe(1);
  expect((await messages.append({ role: 'user', text: '東'.repeat(1_000_000) })).seq).toBe(2);
  expect((await context.search({ text: 'word' })).hits).toHaveLength(1);
  expect((await context.search({ text })).hits).toHaveLength(1);
});

it('100,000 messages are paged through without a gap', async () => {
  await using database = await openDatabase();
  const { sqlite, kysely } = database;
  await using context = createContext({ kysely });
  await context.conversations.create({ id: 'c' });
  await context.messages('c').append({ id: 'first', role: 'user', text: 'message 1' });
  sqlite.exec(`with recursive n(i) as (select 2 union all select i + 1 from n where i < 100000)
    insert into context_messages (num, id, conversation_id, seq, role, text, status, origin, created_at, crc)
    select 1000 + i, 'm' || i, 'c', i, 'user', 'message ' || i, 'done', 'user', i, 0 from n`);
  const messages = context.messages('c');
  let expected = 100_000;
  for (let before: number | undefined; ; ) {
    const page = await messages.page({ limit: 1_000, ...(before === undefined ? {} : { before }) });
    for (const { seq } of [...page.messages].reverse()) expect(seq).toBe(expected--);
    if (page.before === null) break;
    before = page.before;
  }
  expect(expected).toBe(0);
});
