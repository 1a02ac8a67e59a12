import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryFolder } from '@tale/test-kit';
import { describe, expect, it } from 'vitest';
import { readToken } from '../../src/command/token.js';

describe('token of the server', () => {
  it('comes from the environment, or from a file that is for its owner alone', async () => {
    await using folder = await temporaryFolder();
    const file = join(folder.path, 'token');
    expect(await readToken({}, null)).toBeNull();
    expect(await readToken({ TALE_LOCAL_ENGINE_TOKEN: ' ' }, null)).toBeNull();
    expect(await readToken({ TALE_LOCAL_ENGINE_TOKEN: 'of-environment' }, null)).toBe('of-environment');
    await writeFile(file, 'of-file\n', { mode: 0o600 });
    expect(await readToken({ TALE_LOCAL_ENGINE_TOKEN: 'of-environment' }, file)).toBe('of-file');
  });

  it('is refused where the file is missing, empty or open to others', async () => {
    await using folder = await temporaryFolder();
    const file = join(folder.path, 'token');
    const refused = expect.objectContaining({ code: 'invalid-options' });
    await expect(readToken({}, file)).rejects.toEqual(refused);
    await writeFile(file, ' \n', { mode: 0o600 });
    await expect(readToken({}, file)).rejects.toEqual(refused);
    await writeFile(file, 'secret');
    await chmod(file, 0o644);
    if (process.platform !== 'win32') await expect(readToken({}, file)).rejects.toEqual(refused);
  });
});
