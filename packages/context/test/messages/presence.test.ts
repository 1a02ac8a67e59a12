import { expect, it } from 'vitest';
import { createContext } from '../../src/index.js';
import { isWriting } from '../../src/messages/presence.js';
import { manualClock } from '../../src/testing/index.js';
import { openDatabase } from '../support/open-database.js';

const here = { host: 'here', nowMs: 1_000_000, isAlive: (pid: number) => pid === 7 };

it.each([
  ['alive on this machine', { pid: 7, host: 'here', seenAtMs: 999_000 }, true],
  ['ended on this machine', { pid: 8, host: 'here', seenAtMs: 999_000 }, false],
  ['another program of its number', { pid: 7, host: 'here', seenAtMs: 900_000 }, false],
  ['seen on another machine', { pid: 8, host: 'there', seenAtMs: 999_000 }, true],
  ['not seen on another machine', { pid: 8, host: 'there', seenAtMs: 939_000 }, false],
  ['seen in the future', { pid: 7, host: 'here', seenAtMs: 2_000_000 }, false],
])('a process that is %s writes: %o %s', (_, seen, expected) => {
  expect(isWriting({ id: 'p', ...seen }, here)).toBe(expected);
});

it('a process that streams is seen each five seconds and leaves when it closes', async () => {
  await using database = await openDatabase();
  const clock = manualClock();
  const context = createContext({ kysely: database.kysely, clock });
  const seen = () => database.sqlite.prepare('select pid, seen_at from context_processes').all();
  await context.conversations.create({ id: 'c' });
  expect(seen()).toEqual([]);
  const stream = await context.messages('c').start({ role: 'assistant' });
  const startMs = clock.now();
  expect(seen()).toEqual([{ pid: process.pid, seen_at: startMs }]);
  await clock.advance(5_000);
  await stream.delta('x'.repeat(1_000)); // behind the heartbeat in the same connection
  expect(seen()).toEqual([{ pid: process.pid, seen_at: startMs + 5_000 }]);
  await stream.end();
  await context.close();
  expect(seen()).toEqual([]);
});

it('a message that another process took for lost is ended by its writer', async () => {
  await using database = await openDatabase();
  await using context = createContext({ kysely: database.kysely });
  await context.conversations.create({ id: 'c' });
  const stream = await context.messages('c').start({ role: 'assistant' });
  await stream.delta('before '.repeat(200));
  database.sqlite.exec("update context_processes set host = 'elsewhere', seen_at = 0");
  await using other = createContext({ kysely: database.open().kysely });
  expect((await other.messages('c').read(stream.id)).status).toBe('aborted');
  await stream.delta('after '.repeat(200));
  expect((await stream.end()).status).toBe('done');
  expect((await other.search({ text: 'after' })).hits).toHaveLength(1);
  expect((await other.verify()).problems).toEqual([]);
});

it('a message that was redacted while it streamed stays redacted', async () => {
  await using database = await openDatabase();
  await using context = createContext({ kysely: database.kysely });
  await context.conversations.create({ id: 'c' });
  const stream = await context.messages('c').start({ role: 'assistant' });
  await stream.delta('secret '.repeat(200));
  await context.messages('c').redact(stream.id, { reason: 'private' });
  await expect(stream.delta('more '.repeat(300))).rejects.toMatchObject({ code: 'not-found', id: stream.id });
  await expect(stream.end()).rejects.toMatchObject({ code: 'not-found' });
  expect(await context.messages('c').read(stream.id)).toMatchObject({ text: '[removed]', status: 'aborted' });
});
