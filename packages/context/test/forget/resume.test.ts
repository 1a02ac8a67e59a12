import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { dirname, join } from 'node:path';
import { expect, inject, it } from 'vitest';
import { createContext } from '../../src/index.js';
import { openStore } from '../../src/store/open-store.js';
import { filesWith, indexedWords } from '../support/files-with.js';
import { openDatabase } from '../support/open-database.js';
import { seedRows } from '../support/seed-rows.js';

const canary = 'zqcanaryx';

/** Starts a deletion in another process and kills it after so many transactions. */
async function killedForget(path: string, text: string, writes: number): Promise<void> {
  const child = spawn(process.execPath, [join(inject('childFolder'), 'forgetter.mjs'), path, text], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const closed = once(child, 'close');
  let output = '';
  await new Promise<void>((resolve) => {
    child.stdout.setEncoding('utf8').on('data', (part: string) => {
      output += part;
      if (output.split('\n').length > writes) resolve();
    });
    closed.then(() => resolve(), resolve);
  });
  child.kill('SIGKILL');
  await closed;
  expect(output).not.toContain('done');
}

it.each([
  ['', 2],
  ['', 5],
  ['', 9],
  [canary, 3],
  [canary, 7],
])('CONTEXT-5: a deletion that was killed goes on by itself (text %o, after %i writes)', async (text, writes) => {
  await using database = await openDatabase();
  const store = openStore({ kysely: database.kysely });
  await seedRows(store, { conversationId: 'keep', project: 'open', canary: 'harmless', messages: 5 });
  await seedRows(store, { conversationId: 'c', project: 'secret', canary, messages: 120 });
  if (text !== '') database.sqlite.exec('delete from context_windows; delete from context_jobs'); // they hold no text but in this seed
  database.sqlite.pragma('wal_checkpoint(truncate)');
  await killedForget(database.path, text, writes);

  await using context = createContext({ kysely: database.kysely });
  expect((await context.conversations.list({ project: 'open' })).conversations).toHaveLength(1);
  expect(await context.recover()).toMatchObject({ deletions: 1 });
  expect(await context.recover()).toMatchObject({ deletions: 0 });

  expect((await context.conversations.list({ project: 'secret' })).conversations).toHaveLength(text === '' ? 0 : 1);
  expect(filesWith(dirname(database.path), canary)).toEqual([]);
  expect(await indexedWords(database.kysely, 'zqcana')).toEqual([]);
  expect((await context.search({ text: canary })).hits).toEqual([]);
  expect((await context.verify()).problems).toEqual([]);
  const record = database.sqlite.prepare('select is_done, scope_kind from context_forgotten').all();
  expect(record).toEqual([{ is_done: 1, scope_kind: text === '' ? 'project' : 'text' }]);
});

it('CONTEXT-5: a conversation that is being deleted takes nothing and the same call ends the deletion', async () => {
  await using database = await openDatabase();
  const store = openStore({ kysely: database.kysely });
  await seedRows(store, { conversationId: 'c', project: 'secret', canary, messages: 60 });
  await killedForget(database.path, '', 4);
  await using context = createContext({ kysely: database.kysely });
  await expect(context.messages('c').append({ role: 'user', text: 'x' })).rejects.toMatchObject({
    code: 'conversation-closed',
    id: 'c',
  });
  expect(await context.conversations.get('c')).toBeNull();
  const report = await context.forget({ project: 'secret' });
  expect(report.rows.conversations).toBe(1);
  expect(report.scrubbed).toBe(true);
  await context.recover();
});
