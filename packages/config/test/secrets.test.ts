import { chmod, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryFolder } from '@tale/test-kit';
import { describe, expect, it } from 'vitest';
import { openSecrets } from '../src/index.js';

const key = 'sk-canary-0123456789';

describe('openSecrets', () => {
  it('keeps a secret in a 0600 file of its own in a 0700 folder', async () => {
    await using root = await temporaryFolder();
    const secrets = openSecrets({ folder: root.path, env: {} });
    expect(await secrets.read('anthropic')).toBeNull();
    await secrets.write('anthropic', `  ${key}\n`);
    const path = join(root.path, 'secrets', 'anthropic');
    expect(await readFile(path, 'utf8')).toBe(`${key}\n`);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect((await stat(join(root.path, 'secrets'))).mode & 0o777).toBe(0o700);
    expect(await secrets.read('anthropic')).toBe(key);
  });

  it('takes the variable before the file, and an empty variable for none', async () => {
    await using root = await temporaryFolder();
    await openSecrets({ folder: root.path, env: {} }).write('open-ai', 'from-file');
    const env = { EXAMPLE_SECRET_OPEN_AI: ' from-env ', EXAMPLE_SECRET_OTHER: 'x' };
    const secrets = openSecrets({ folder: root.path, name: 'example', env });
    expect(await secrets.read('open-ai')).toBe('from-env');
    expect(await openSecrets({ folder: root.path, env: { TALE_SECRET_OPEN_AI: ' ' } }).read('open-ai')).toBe(
      'from-file',
    );
    expect(await secrets.list()).toEqual([
      { name: 'open-ai', source: 'env' },
      { name: 'other', source: 'env' },
    ]);
  });

  it('lists names and sources and never a value', async () => {
    await using root = await temporaryFolder();
    const secrets = openSecrets({ folder: root.path, env: {} });
    expect(await secrets.list()).toEqual([]);
    await secrets.write('anthropic', key);
    const listed = await secrets.list();
    expect(listed).toEqual([{ name: 'anthropic', source: 'file' }]);
    expect(JSON.stringify(listed)).not.toContain(key);
  });

  it('removes a secret and says whether there was one', async () => {
    await using root = await temporaryFolder();
    const secrets = openSecrets({ folder: root.path, env: {} });
    await secrets.write('anthropic', key);
    expect(await secrets.remove('anthropic')).toBe(true);
    expect(await secrets.remove('anthropic')).toBe(false);
    expect(await readdir(join(root.path, 'secrets'))).toEqual([]);
  });

  it('says why it cannot remove what is no file', async () => {
    await using root = await temporaryFolder();
    const path = join(root.path, 'secrets', 'anthropic');
    await mkdir(path, { recursive: true });
    await expect(openSecrets({ folder: root.path, env: {} }).remove('anthropic')).rejects.toMatchObject({
      ...{ code: 'not-writable', path, cause: expect.any(Error) },
    });
  });

  it('refuses a file that others can read, without its content in the error', async () => {
    await using root = await temporaryFolder();
    await mkdir(join(root.path, 'secrets'));
    const path = join(root.path, 'secrets', 'anthropic');
    await writeFile(path, key);
    await chmod(path, 0o640);
    const error = await openSecrets({ folder: root.path, env: {} })
      .read('anthropic')
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'unsafe-file', path });
    expect(String(error) + JSON.stringify(error)).not.toContain(key);
  });

  it.each(['', '..', '../x', 'a/b', 'A', 'a--b', '-a', 'a'.repeat(65), '__proto__'])(
    'refuses the name %j',
    async (name) => {
      await using root = await temporaryFolder();
      const secrets = openSecrets({ folder: root.path, env: {} });
      await expect(secrets.read(name)).rejects.toMatchObject({ code: 'out-of-range' });
      await expect(secrets.write(name, key)).rejects.toMatchObject({ code: 'out-of-range' });
      await expect(secrets.remove(name)).rejects.toMatchObject({ code: 'out-of-range' });
    },
  );

  it.each(['', '  \n', 'two\nlines', 'a\0b', 'x'.repeat(16_385)])('refuses the value %j', async (value) => {
    await using root = await temporaryFolder();
    const secrets = openSecrets({ folder: root.path, env: {} });
    await expect(secrets.write('anthropic', value)).rejects.toMatchObject({ code: 'out-of-range' });
    expect(await readdir(root.path)).toEqual([]);
  });
});
