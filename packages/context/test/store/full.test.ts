import { expect, it } from 'vitest';
import { createContext } from '../../src/index.js';
import { openDatabase } from '../support/open-database.js';

// CONTEXT-2
it('a full disk in mid-stream is told, keeps what was shown, and the stream goes on once there is room', async () => {
  await using database = await openDatabase();
  const { sqlite, kysely } = database;
  await using context = createContext({ kysely });
  await context.conversations.create({ id: 'c' });
  const messages = context.messages('c');
  await messages.append({ role: 'user', text: 'stored before' });
  const stream = await messages.start({ role: 'assistant' });
  await stream.delta('a'.repeat(1_000));
  const pages = sqlite.pragma('page_count', { simple: true }) as number;
  sqlite.pragma(`max_page_count = ${pages + 2}`);

  let failures = 0;
  let written = 1_000;
  while (failures < 2 && written < 200_000) {
    written += 2_000;
    await stream.delta('b'.repeat(2_000)).catch((error: unknown) => {
      failures += 1;
      expect(error).toMatchObject({ code: 'store-full', retryable: true });
    });
  }
  expect(failures).toBe(2);
  await expect(stream.end()).rejects.toMatchObject({ code: 'store-full' });
  await expect(messages.append({ role: 'user', text: 'x'.repeat(50_000) })).rejects.toMatchObject({
    code: 'store-full',
  });
  const shown = await messages.read(stream.id);
  expect([shown.status, shown.text.startsWith('a'.repeat(1_000))]).toEqual(['open', true]);

  sqlite.pragma('max_page_count = 1073741823');
  const { status, text } = await stream.end();
  expect([status, text.length]).toEqual(['done', written]);
  expect((await context.verify()).problems).toEqual([]);
  expect((await messages.append({ role: 'user', text: 'goes on' })).seq).toBe(3);
});

it('a database that stays locked is told after five seconds, and nothing was written', async () => {
  await using database = await openDatabase();
  await using context = createContext({ kysely: database.kysely });
  await context.conversations.create({ id: 'c' });
  const other = database.open().sqlite;
  other.exec('begin immediate');
  await expect(context.messages('c').append({ role: 'user', text: 'x' })).rejects.toMatchObject({
    code: 'store-busy',
    retryable: true,
  });
  other.exec('rollback');
  expect((await context.messages('c').append({ role: 'user', text: 'x' })).seq).toBe(1);
});
