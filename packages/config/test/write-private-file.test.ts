import { mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryFolder } from '@tale/test-kit';
import { expect, it } from 'vitest';
import { writePrivateFile } from '../src/index.js';

it('writes a file that only this user can read, over an old one that others could read', async () => {
  await using root = await temporaryFolder();
  const path = join(root.path, 'runtime.json');
  await writeFile(path, 'old', { mode: 0o644 });
  await writePrivateFile(path, 'new ü');
  expect(await readFile(path, 'utf8')).toBe('new ü');
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  expect(await readdir(root.path)).toEqual(['runtime.json']);
});

it('replaces a link instead of writing through it', async () => {
  await using root = await temporaryFolder();
  const target = join(root.path, 'target');
  const path = join(root.path, 'link');
  await writeFile(target, 'keep');
  await symlink(target, path);
  await writePrivateFile(path, 'new');
  expect([await readFile(target, 'utf8'), await readFile(path, 'utf8')]).toEqual(['keep', 'new']);
});

it('leaves nothing behind where it cannot write', async () => {
  await using root = await temporaryFolder();
  await mkdir(join(root.path, 'taken'));
  await expect(writePrivateFile(join(root.path, 'taken'), 'x')).rejects.toMatchObject({
    code: 'not-writable',
    retryable: false,
  });
  await expect(writePrivateFile(join(root.path, 'missing', 'file'), 'x')).rejects.toMatchObject({
    code: 'not-writable',
  });
  expect(await readdir(root.path)).toEqual(['taken']);
});

it('lets many writers of one file leave one whole content', async () => {
  await using root = await temporaryFolder();
  const path = join(root.path, 'file');
  await Promise.all(Array.from({ length: 20 }, (_, index) => writePrivateFile(path, String(index).repeat(10_000))));
  expect(new Set(await readFile(path, 'utf8')).size).toBeLessThanOrEqual(2);
  expect(await readdir(root.path)).toEqual(['file']);
});
