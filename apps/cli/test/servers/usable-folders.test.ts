import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryFolder } from '@tale/test-kit';
import { describe, expect, it } from 'vitest';
import { requireUsable } from '../../src/servers/usable-folders.js';

describe('requireUsable', () => {
  it('takes folders that are there, or can be made', async () => {
    await using folder = await temporaryFolder();
    expect(() => requireUsable([folder.path, join(folder.path, 'a', 'b')])).not.toThrow();
  });

  it('names the path and the reason of what stands in the way', async () => {
    await using folder = await temporaryFolder();
    const file = join(folder.path, 'file');
    await writeFile(file, '');
    expect(() => requireUsable([file])).toThrow(
      `The folder ${file} cannot be used: a part of the path is a file, not a folder (ENOTDIR).`,
    );
    expect(() => requireUsable([join(file, 'data')])).toThrow(`The folder ${file}/data cannot be made in ${file}: `);
  });
});
