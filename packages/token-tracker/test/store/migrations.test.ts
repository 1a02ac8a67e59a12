import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { temporaryDatabase } from '@tale/test-kit';
import { expect, it } from 'vitest';
import { migrateTokens } from '../../src/index.js';
import { bundleSource } from '../bundle-source.js';

it('migrating twice changes nothing', async () => {
  await using database = await temporaryDatabase();
  await migrateTokens(database.kysely);
  const schema = () => database.sqlite.prepare('SELECT * FROM sqlite_master ORDER BY name').all();
  const before = schema();
  await migrateTokens(database.kysely);
  expect(schema()).toEqual(before);
  expect(database.sqlite.prepare('SELECT name FROM tokens_migrations').all()).toEqual([{ name: '001-calls' }]);
});

it('four processes may migrate the same file at the same moment', async () => {
  await using database = await temporaryDatabase();
  await using bundle = await bundleSource();
  const child = new URL('../migrate-child.mjs', import.meta.url).pathname;
  const run = promisify(execFile);
  await Promise.all(Array.from({ length: 4 }, () => run(process.execPath, [child, bundle.path, database.path])));
  expect(database.sqlite.prepare('SELECT name FROM tokens_migrations').all()).toEqual([{ name: '001-calls' }]);
});

it('a table of that name made by somebody else is told, not overwritten', async () => {
  await using database = await temporaryDatabase();
  database.sqlite.exec('CREATE TABLE tokens_calls (id TEXT)');
  await expect(migrateTokens(database.kysely)).rejects.toThrow('tokens_calls');
  expect(database.sqlite.prepare("SELECT name FROM sqlite_master WHERE name = 'tokens_rollup'").all()).toEqual([]);
});
