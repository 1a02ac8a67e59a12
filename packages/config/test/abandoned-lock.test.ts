import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryFolder } from '@tale/test-kit';
import { expect, it } from 'vitest';
import { readAbandoned, takeAway } from '../src/abandoned-lock.js';

const gone = '2147483646-0123456789ab';
const living = `${process.pid}-ba9876543210`;

it.each([
  ['a process that is gone', gone, gone],
  ['a process that is gone, without a token', '2147483646', '2147483646'],
  ['a living process', living, null],
  ['nobody', '', null],
  ['no process', '0', null],
  ['something else', `${gone}/../x`, null],
])('tells whether a lock is abandoned: that of %s', async (_, content, abandoned) => {
  await using root = await temporaryFolder();
  const lock = join(root.path, 'file.lock');
  expect(await readAbandoned(lock)).toBeNull();
  await writeFile(lock, content);
  expect(await readAbandoned(lock)).toBe(abandoned);
});

it('takes an abandoned lock away', async () => {
  await using root = await temporaryFolder();
  const lock = join(root.path, 'file.lock');
  await writeFile(lock, gone);
  expect(await takeAway(lock, gone)).toBe(true);
  expect(await takeAway(lock, gone)).toBe(true);
  expect(await readdir(root.path)).toEqual([]);
});

it('leaves the lock of the next holder alone, which came after the abandoned one was judged', async () => {
  await using root = await temporaryFolder();
  const lock = join(root.path, 'file.lock');
  await writeFile(lock, living);
  expect(await takeAway(lock, gone)).toBe(true);
  expect(await readFile(lock, 'utf8')).toBe(living);
  expect(await readdir(root.path)).toEqual(['file.lock']);
});

it('leaves an abandoned lock to the process that is taking it away', async () => {
  await using root = await temporaryFolder();
  const lock = join(root.path, 'file.lock');
  await writeFile(lock, gone);
  await writeFile(`${lock}.${gone}.gone`, gone);
  expect(await takeAway(lock, gone)).toBe(false);
  expect(await readFile(lock, 'utf8')).toBe(gone);
});
