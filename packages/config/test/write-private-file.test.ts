import { mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryFolder } from '@tale/test-kit';
import { expect, it, vi } from 'vitest';
import { writePrivateFile } from '../src/index.js';

// Stands for a file system that cannot sync folders: no real one can be had everywhere.
const unsynced = vi.hoisted(() => ({ folder: '' }));
vi.mock('node:fs/promises', async (importOriginal) => {
  const original = await importOriginal<typeof import('node:fs/promises')>();
  return {
    ...original,
    async open(...parameters: Parameters<typeof original.open>) {
      const handle = await original.open(...parameters);
      if (parameters[0] === unsynced.folder) {
        handle.sync = () => Promise.reject(Object.assign(new Error('EIO: i/o error, fsync'), { code: 'EIO' }));
      }
      return handle;
    },
  };
});

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

it('has written the file also where the folder cannot be synced', async () => {
  await using root = await temporaryFolder();
  const path = join(root.path, 'file');
  await writeFile(path, 'old');
  unsynced.folder = root.path;
  await writePrivateFile(path, 'new');
  expect(await readFile(path, 'utf8')).toBe('new');
  expect(await readdir(root.path)).toEqual(['file']);
});

it('lets many writers of one file leave one whole content', async () => {
  await using root = await temporaryFolder();
  const path = join(root.path, 'file');
  await Promise.all(Array.from({ length: 20 }, (_, index) => writePrivateFile(path, String(index).repeat(10_000))));
  expect(new Set(await readFile(path, 'utf8')).size).toBeLessThanOrEqual(2);
  expect(await readdir(root.path)).toEqual(['file']);
});
