import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { changeUserFile } from '../src/change-user-file.js';
import { layerFiles } from '../src/testing/index.js';

it('does not overwrite what an editor saved in the middle of a change', async () => {
  await using files = await layerFiles({ user: '{ "a": 1 }' });
  const file = files.files.user;
  const change = { path: ['a'], value: 2 };
  const saving = changeUserFile(file, change, undefined, () => writeFile(file, '{ "b": 1 }'));
  await expect(saving).rejects.toMatchObject({ code: 'conflict', retryable: true, path: file });
  expect(await readFile(file, 'utf8')).toBe('{ "b": 1 }');
});

it('leaves the file alone when it is aborted before the write', async () => {
  await using files = await layerFiles();
  const file = files.files.user;
  await mkdir(files.folders.config, { mode: 0o700 });
  const controller = new AbortController();
  const change = { path: ['a', 'b'], value: 2 };
  const saving = changeUserFile(file, change, controller.signal, async () => controller.abort(new Error('enough')));
  await expect(saving).rejects.toThrow('enough');
  await expect(readFile(file)).rejects.toMatchObject({ code: 'ENOENT' });
});
