import { chmod, mkdir, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryFolder } from '@tale/test-kit';
import { expect, it, vi } from 'vitest';
import { ensureFolder } from '../src/index.js';

const mode = async (path: string) => (await stat(path)).mode & 0o777;

// CONFIG-4
it('makes the folder and what is missing above it for this user alone', async () => {
  await using root = await temporaryFolder();
  const path = join(root.path, 'a', 'b');
  await ensureFolder(path);
  expect([await mode(join(root.path, 'a')), await mode(path)]).toEqual([0o700, 0o700]);
  await ensureFolder(path);
});

it('leaves a folder that others may read as it is', async () => {
  await using root = await temporaryFolder();
  await chmod(root.path, 0o755);
  await ensureFolder(root.path);
  expect(await mode(root.path)).toBe(0o755);
});

it.each([0o770, 0o777, 0o1777])('refuses a folder of mode %o, which others may write', async (wide) => {
  await using root = await temporaryFolder();
  await chmod(root.path, wide);
  await expect(ensureFolder(root.path)).rejects.toMatchObject({
    code: 'unsafe-file',
    retryable: false,
    path: root.path,
  });
});

it('refuses a link, also to a good folder, and one that leads nowhere', async () => {
  await using root = await temporaryFolder();
  await mkdir(join(root.path, 'real'), { mode: 0o700 });
  for (const [name, target] of Object.entries({ good: 'real', nowhere: 'missing' })) {
    await symlink(join(root.path, target), join(root.path, name));
    await expect(ensureFolder(join(root.path, name))).rejects.toMatchObject({ code: 'unsafe-file' });
  }
});

it('refuses a file of that name, and one above it', async () => {
  await using root = await temporaryFolder();
  const path = join(root.path, 'file');
  await writeFile(path, '');
  await expect(ensureFolder(path)).rejects.toMatchObject({ code: 'unsafe-file' });
  await expect(ensureFolder(join(path, 'below'))).rejects.toMatchObject({ code: 'not-writable', retryable: false });
});

it('refuses the folder of another user', async () => {
  await using root = await temporaryFolder();
  const uid = process.getuid?.() ?? 0;
  const getuid = vi.spyOn(process, 'getuid').mockReturnValue(uid + 1);
  try {
    await expect(ensureFolder(root.path)).rejects.toMatchObject({ code: 'unsafe-file' });
  } finally {
    getuid.mockRestore();
  }
});
