import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, inject, it } from 'vitest';
import { createContext } from '../../src/index.js';
import { openStore } from '../../src/store/open-store.js';
import { openDatabase } from '../support/open-database.js';

it('CONTEXT-2: a full disk in mid-stream is told, keeps what was shown, and the stream goes on once there is room', async () => {
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

/** Limits on the size of files are set by these programs of Linux. */
const canLimit = ['/bin/bash', '/usr/bin/prlimit'].every((file) => existsSync(file));

it.skipIf(!canLimit)(
  'CONTEXT-2: a file that may not grow loses nothing acknowledged, and the stream ends once it may',
  async () => {
    await using database = await openDatabase();
    const { kysely, path } = database;
    await using context = createContext({ kysely });
    await context.conversations.create({ id: 'c' });
    database.sqlite.pragma('wal_checkpoint(truncate)');
    const program = join(inject('childFolder'), 'filler.mjs');
    const limitKb = Math.ceil(statSync(path).size / 1_024) + 1_500;
    const child = spawn(
      '/bin/bash',
      ['-c', `ulimit -S -f ${limitKb}; exec "$@"`, 'bash', process.execPath, program, path],
      {
        stdio: ['pipe', 'pipe', 'inherit'],
      },
    );
    const closed = once(child, 'close');
    let output = '';
    for await (const part of child.stdout.setEncoding('utf8')) {
      output += part;
      if (!/^full .*\n/m.test(output) || child.stdin.writableEnded) continue;
      await promisify(execFile)('/usr/bin/prlimit', ['--pid', `${child.pid}`, '--fsize=unlimited:']);
      child.stdin.end('go on\n');
    }
    expect((await closed)[0]).toBe(0);
    const lines = output
      .trim()
      .split('\n')
      .map((line) => line.split(' '));
    expect(lines.find(([what]) => what === 'full')?.[1]).toBe('store-full');
    expect(lines.length).toBeGreaterThan(5);
    const messages = context.messages('c');
    for (const [what, id = '', characters] of lines) {
      if (what === 'append') expect((await messages.read(id)).status).toBe('done');
      if (what === 'end') expect((await messages.read(id)).text).toHaveLength(Number(characters));
    }
    const [, , shown, status, written] = lines.at(-1)!;
    expect([shown, status]).toEqual([written, 'done']);
    expect((await context.verify()).problems).toEqual([]);
  },
);

it('a database that stays locked is told once the patience has ended, and nothing was written', async () => {
  await using database = await openDatabase();
  const patienceMs = 300;
  const store = openStore({ kysely: database.kysely, patienceMs });
  const put = () => store.write((queries) => queries.learned.put('key', { value: 1 }, 1));
  const other = database.open().sqlite;
  other.exec('begin immediate');
  const startedMs = performance.now();
  await expect(put()).rejects.toMatchObject({ code: 'store-busy', retryable: true });
  expect(performance.now() - startedMs).toBeGreaterThanOrEqual(patienceMs);
  expect(await store.read((queries) => queries.learned.get('key'))).toBeNull();
  other.exec('rollback');
  await put();
  expect(await store.read((queries) => queries.learned.get('key'))).toEqual({ value: 1 });
});
