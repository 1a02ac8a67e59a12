import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { dirname, join } from 'node:path';
import { manualClock } from '@tale/test-kit';
import { expect, inject, it } from 'vitest';
import { createContext } from '../../src/index.js';
import { openStore } from '../../src/store/open-store.js';
import { scanFiles } from '../../src/testing/index.js';
import { filesWith, indexedWords } from '../support/files-with.js';
import { openDatabase } from '../support/open-database.js';
import { seedRows } from '../support/seed-rows.js';

const canary = 'zqcanaryx';
const stem = 'zqcana';

it.each([
  ['everything', { everything: true }, 12],
  ['a project', { project: `project-${canary}` }, 11],
  ['a conversation', { conversation: `c-${canary}` }, 11],
] as const)('CONTEXT-4: after forgetting %s no byte of it is left in any file', async (_, scope, kinds) => {
  await using database = await openDatabase();
  const { kysely } = database;
  const store = openStore({ kysely });
  await seedRows(store, { conversationId: 'before', project: 'q', canary: 'harmless', messages: 30 });
  await seedRows(store, { conversationId: `c-${canary}`, project: `project-${canary}`, canary, messages: 120 });
  await seedRows(store, { conversationId: 'after', project: 'q', canary: 'innocent', messages: 30 });
  if ('everything' in scope) await store.write((queries) => queries.learned.put(`margin-${canary}`, { canary }, 1));
  const folder = dirname(database.path);
  expect(filesWith(folder, canary).length).toBeGreaterThan(0);
  expect((await indexedWords(kysely, stem)).length).toBeGreaterThan(0);

  await using context = createContext({ kysely });
  const report = await context.forget(scope);

  expect(Object.entries(report.rows).filter(([, count]) => count > 0)).toHaveLength(kinds);
  expect(report.scrubbed).toBe(true);
  expect(filesWith(folder, canary)).toEqual([]);
  expect(await indexedWords(kysely, stem)).toEqual([]);
  expect(filesWith(folder, 'thought')).toHaveLength('everything' in scope ? 0 : 1);
  expect((await context.verify()).problems).toEqual([]);
  database.sqlite.exec('vacuum');
  expect(filesWith(folder, canary)).toEqual([]);
});

it('CONTEXT-4: after forgetting a text no byte of it is left, and the rest of the conversation stands', async () => {
  await using database = await openDatabase();
  const { kysely } = database;
  await seedRows(openStore({ kysely }), { conversationId: 'c', project: 'p', canary: 'harmless', messages: 60 });
  await using context = createContext({ kysely });
  const messages = context.messages('c');
  for (let index = 0; index < 20; index++) {
    await messages.append({ role: 'user', text: `my password is ${canary} ${'and more '.repeat(index * 40)}` });
  }
  const stream = await messages.start({ role: 'assistant' });
  for (let index = 0; index < 40; index++) await stream.delta(`${canary} ${'x'.repeat(200)} `);
  await stream.end();

  const report = await context.forget({ text: canary });

  expect([report.rows.messages, report.scrubbed]).toEqual([21, true]);
  expect(filesWith(dirname(database.path), canary)).toEqual([]);
  expect(await indexedWords(kysely, stem)).toEqual([]);
  expect((await messages.page({ limit: 200 })).messages).toHaveLength(81);
  expect((await context.verify()).problems).toEqual([]);
});

it('a reader that holds the log is told, and the next deletion empties it', async () => {
  await using database = await openDatabase();
  await using context = createContext({ kysely: database.kysely });
  await context.conversations.create({ id: 'c' });
  const message = await context.messages('c').append({ role: 'user', text: canary });
  const reader = database.open().sqlite;
  reader.exec('begin; select count(*) from context_messages');
  await context.messages('c').redact(message.id, { reason: 'private' });
  const held = await context.forget({ text: 'nothing' });
  expect([held.scrubbed, held.notCovered.some((line) => line.includes('write-ahead log'))]).toEqual([false, true]);
  reader.exec('commit');
  expect((await context.forget({ text: 'nothing' })).scrubbed).toBe(true);
  expect(filesWith(dirname(database.path), canary)).toEqual([]);
});

it('CONTEXT-4: forgetting everything leaves no byte in any file while other processes hold the database open', async () => {
  await using database = await openDatabase();
  const { kysely } = database;
  await seedRows(openStore({ kysely }), { conversationId: `c-${canary}`, project: canary, canary, messages: 60 });
  const holders = [1, 2].map(() =>
    spawn(process.execPath, [join(inject('childFolder'), 'holder.mjs'), database.path], {
      stdio: ['pipe', 'pipe', 'inherit'],
    }),
  );
  const told = holders.map((child) => {
    const lines: string[] = [];
    child.stdout.setEncoding('utf8').on('data', (line: string) => lines.push(line));
    return lines;
  });
  await Promise.all(holders.map((child) => once(child.stdout, 'data')));
  await using context = createContext({ kysely });
  const report = await context.forget({ everything: true });
  expect([report.rows.messages, report.scrubbed]).toEqual([60, true]);
  expect(filesWith(dirname(database.path), canary)).toEqual([]);
  expect(await indexedWords(kysely, stem)).toEqual([]);
  expect(told.flat()).toEqual(['holds 60\n', 'holds 60\n']);
  for (const [index, child] of holders.entries()) {
    const closed = once(child, 'close');
    child.stdin.end('go on\n');
    expect([(await closed)[0], told[index]![1]]).toEqual([0, 'finds 0\n']);
  }
  expect(filesWith(dirname(database.path), canary)).toEqual([]);
  expect((await context.verify()).problems).toEqual([]);
});

it('finds a text across the border of two blocks', async () => {
  await using database = await openDatabase();
  const { writeFile } = await import('node:fs/promises');
  const file = join(dirname(database.path), 'large');
  for (const at of [0, 4_194_300, 4_194_304, 8_388_600, 8_388_607]) {
    const bytes = Buffer.alloc(9_000_000, 'a');
    bytes.write('needle', at);
    await writeFile(file, bytes);
    expect([...(await scanFiles([file, `${file}-wal`], ['needle', 'absent', '']))], `${at}`).toEqual(['needle']);
  }
});

it.each(['a reason in words of zqcanaryx', 'secret'])(
  'the record of a redaction holds no text of its own (%s)',
  async (reason) => {
    await using database = await openDatabase();
    await using context = createContext({ kysely: database.kysely });
    await context.conversations.create({ id: 'c' });
    const { id } = await context.messages('c').append({ role: 'user', text: canary });
    await context.messages('c').redact(id, { reason: reason as 'secret' });
    const record = database.sqlite.prepare('select action, by from context_forgotten').get();
    expect(record).toEqual({ action: 'redact', by: reason === 'secret' ? 'secret' : 'other' });
    expect(filesWith(dirname(database.path), canary)).toEqual([]);
  },
);

it.each([
  ['not yet stored', []],
  ['the beginning of a word that may be a secret', [{ kind: 'key', pattern: /sk-\S+/g }]],
] as const)('CONTEXT-4: a stream does not store what was forgotten while it was open (%s)', async (_, secrets) => {
  await using database = await openDatabase();
  await using context = createContext({ kysely: database.kysely, secrets, clock: manualClock() });
  await context.conversations.create({ id: 'c' });
  const stream = await context.messages('c').start({ role: 'assistant' });
  const other = await context.messages('c').start({ role: 'assistant' });
  await stream.delta(`it is ${canary}`);
  await other.delta('harmless');
  expect((await context.forget({ text: canary }, { dryRun: true })).rows.messages).toBe(1);
  expect((await context.forget({ text: canary })).rows.messages).toBe(1);
  await expect(stream.end()).rejects.toMatchObject({ code: 'not-found', id: stream.id });
  expect((await other.end()).text).toBe('harmless');
  expect((await context.messages('c').read(stream.id)).text).toBe('[removed]');
  await context.forget({ text: 'nothing' }); // empties the log
  expect(filesWith(dirname(database.path), canary)).toEqual([]);
});
