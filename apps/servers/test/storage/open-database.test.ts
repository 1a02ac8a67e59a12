import { chmodSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '@tale/test-kit';
import { expect, it } from 'vitest';
import { openDatabase } from '../../src/storage/open-database.js';

it('makes a private file with the settings that every server shares', async () => {
  await using folder = await temporaryFolder();
  const file = join(folder.path, 'tale.db');
  const database = openDatabase({ file, synchronous: 'FULL' });
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(database.sqlite.pragma('journal_mode', { simple: true })).toBe('wal');
  expect(database.sqlite.pragma('synchronous', { simple: true })).toBe(2);
  expect(database.sqlite.pragma('trusted_schema', { simple: true })).toBe(0);
  await database.close();
});

it('refuses a link, a file that others may read, and a folder that is not there', async () => {
  await using folder = await temporaryFolder();
  const target = join(folder.path, 'target.db');
  writeFileSync(target, '', { mode: 0o600 });
  const link = join(folder.path, 'link.db');
  symlinkSync(target, link);
  const open = join(folder.path, 'open.db');
  writeFileSync(open, '');
  chmodSync(open, 0o644);
  for (const file of [link, open, join(folder.path, 'none/x.db')]) {
    expect(() => openDatabase({ file, synchronous: 'FULL' })).toThrow(
      expect.objectContaining({ code: 'data-unsafe', retryable: false, hint: expect.any(String) }),
    );
  }
});

it('names a damaged file and the next step', async () => {
  await using folder = await temporaryFolder();
  const file = join(folder.path, 'tale.db');
  writeFileSync(file, 'no database at all, but something else '.repeat(100), { mode: 0o600 });
  expect(() => openDatabase({ file, synchronous: 'FULL' })).toThrow(
    expect.objectContaining({ code: 'storage-failed', hint: expect.stringContaining(`mv ${file}`) }),
  );
});
