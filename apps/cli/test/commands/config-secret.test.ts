import { execFileSync } from 'node:child_process';
import { chmod, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { deleteSecret, listSecrets, setSecret } from '../../src/commands/config-secret.js';
import { createHome } from '../support/home.js';
import { createTestContext } from '../support/streams.js';

const key = 'sk-canary-0123456789';

async function homeWithKeyFile() {
  const home = await createHome();
  const keyFile = join(home.path, 'key.txt');
  await writeFile(keyFile, `${key}\n`, { mode: 0o600 });
  return { ...home, keyFile };
}

describe('tale config secret', () => {
  it('keeps a key from a file and never prints it', async () => {
    await using home = await homeWithKeyFile();
    const { context, out, err } = createTestContext(home);
    await setSecret(context, 'anthropic', { keyFile: home.keyFile });
    const path = join(home.folders.config, 'secrets', 'anthropic');
    expect((await readFile(path, 'utf8')).trim()).toBe(key);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    await listSecrets(context);
    expect(out()).toContain('anthropic is kept');
    expect(out()).toMatch(/anthropic +file +the Claude API/);
    expect(out()).toMatch(/openai +not set/);
    expect(err()).toContain('tale servers restart models');
    expect(out() + err()).not.toContain(key);
  });

  it('prints one document with --json, without the key', async () => {
    await using home = await homeWithKeyFile();
    const set = createTestContext(home, { json: true });
    await setSecret(set.context, 'openai', { keyFile: home.keyFile });
    expect(set.document()).toEqual({ schema: 'tale.secret/1', name: 'openai', source: 'file' });
    const listed = createTestContext(home, { json: true, env: { TALE_SECRET_ANTHROPIC: key } });
    await listSecrets(listed.context);
    expect(listed.document()).toMatchObject({
      schema: 'tale.secrets/1',
      secrets: [
        { name: 'anthropic', source: 'env' },
        { name: 'openai', source: 'file' },
      ],
    });
    expect(listed.out()).not.toContain(key);
  });

  it('deletes a key and says where one is left', async () => {
    await using home = await homeWithKeyFile();
    const { context, out, err } = createTestContext(home, { env: { TALE_SECRET_ANTHROPIC: key } });
    await setSecret(context, 'anthropic', { keyFile: home.keyFile });
    await deleteSecret(context, 'anthropic');
    await deleteSecret(context, 'anthropic');
    expect(out()).toMatch(/anthropic is deleted\nanthropic was not set/);
    expect(err()).toContain('TALE_SECRET_ANTHROPIC');
  });

  it('refuses a file with a key that others can read, with what to do, and takes a pipe', async () => {
    await using home = await homeWithKeyFile();
    const { context } = createTestContext(home);
    for (const mode of [0o644, 0o640, 0o604]) {
      await chmod(home.keyFile, mode);
      await expect(setSecret(context, 'anthropic', { keyFile: home.keyFile })).rejects.toMatchObject({
        exitCode: 3,
        envelope: { code: 'unsafe-file', hint: expect.stringContaining(`chmod 600 '${home.keyFile}'`) },
      });
    }
    await chmod(home.keyFile, 0o400);
    await setSecret(context, 'anthropic', { keyFile: home.keyFile });
    const pipe = join(home.path, 'pipe');
    execFileSync('mkfifo', ['-m', '644', pipe]);
    const written = writeFile(pipe, 'sk-of-a-pipe');
    await setSecret(context, 'openai', { keyFile: pipe });
    await written;
    expect(await readFile(join(home.folders.config, 'secrets', 'openai'), 'utf8')).toBe('sk-of-a-pipe\n');
  });

  it('lists a kept key that others can read with what to do, and still no value', async () => {
    await using home = await homeWithKeyFile();
    const { context, out, err } = createTestContext(home);
    await setSecret(context, 'anthropic', { keyFile: home.keyFile });
    const path = join(home.folders.config, 'secrets', 'anthropic');
    await chmod(path, 0o644);
    await listSecrets(context);
    expect(err()).toContain(`${path} is open to others; run chmod 600 on it`);
    expect(out() + err()).not.toContain(key);
  });

  it('refuses names that open nothing, files that are not there, and keys that are none', async () => {
    await using home = await homeWithKeyFile();
    const { context } = createTestContext(home);
    const usage = { exitCode: 2, envelope: { code: 'usage' } };
    await expect(setSecret(context, 'claude', { keyFile: home.keyFile })).rejects.toMatchObject(usage);
    await expect(deleteSecret(context, '../x')).rejects.toMatchObject(usage);
    await expect(setSecret(context, 'openai', { keyFile: join(home.path, 'none') })).rejects.toMatchObject(usage);
    await writeFile(home.keyFile, 'two\nlines');
    await expect(setSecret(context, 'openai', { keyFile: home.keyFile })).rejects.toMatchObject(usage);
  });
});
