import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryFolder } from '@tale/test-kit';
import { expect, it } from 'vitest';
import { withFileLock } from '../src/with-file-lock.js';

it('lets one at a time in, also where many find the lock of a process that is gone', async () => {
  await using root = await temporaryFolder();
  const path = join(root.path, 'file');
  let inside = 0;
  let most = 0;
  for (let round = 0; round < 8; round++) {
    await writeFile(`${path}.lock`, '2147483646-0123456789ab');
    const one = async () => {
      most = Math.max(most, ++inside);
      await new Promise(setImmediate);
      inside--;
    };
    await Promise.all(Array.from({ length: 8 }, () => withFileLock(path, undefined, one)));
  }
  expect(most).toBe(1);
  expect(await readdir(root.path)).toEqual([]);
});
