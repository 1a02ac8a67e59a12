import { execFileSync } from 'node:child_process';
import { chmod, mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryFolder } from '@tale/test-kit';
import { describe, expect, it } from 'vitest';
import { loadOrCreateToken, readRuntimeFile, SupervisorError } from '../src/index.js';
import { createPrivateFile } from '../src/private-file.js';
import { removeRuntimeFile, writeRuntimeFile } from '../src/runtime-file.js';

const server = { name: 'one', instance: 1, url: 'http://127.0.0.1:8080', pid: 7, nonce: 'n' };
const content = { daemonId: 'daemon', token: 'secret', servers: [server] };
const unsafe = { code: 'runtime-file-unsafe', retryable: false };

describe('runtime.json', () => {
  it('reads what was written, mode 0600, and leaves nothing beside it', async () => {
    await using folder = await temporaryFolder();
    writeRuntimeFile(folder.path, content);
    writeRuntimeFile(folder.path, content);
    expect(readRuntimeFile(folder.path)).toEqual({ format: 'tale.runtime/1', ...content });
    expect((await stat(join(folder.path, 'runtime.json'))).mode & 0o777).toBe(0o600);
    expect(await readdir(folder.path)).toEqual(['runtime.json']);
    removeRuntimeFile(folder.path);
    removeRuntimeFile(folder.path);
    expect(readRuntimeFile(folder.path)).toBeNull();
  });

  it('is null where there is none, also without a folder', () => {
    expect(readRuntimeFile('/no/such/folder')).toBeNull();
  });

  it('passes unknown fields through', async () => {
    await using folder = await temporaryFolder();
    const text = JSON.stringify({ format: 'tale.runtime/1', ...content, later: 1 });
    await writeFile(join(folder.path, 'runtime.json'), text, { mode: 0o600 });
    expect(readRuntimeFile(folder.path)).toMatchObject({ later: 1 });
  });

  it.each([0o640, 0o604, 0o660, 0o666])('is refused with mode %o', async (mode) => {
    await using folder = await temporaryFolder();
    writeRuntimeFile(folder.path, content);
    await chmod(join(folder.path, 'runtime.json'), mode);
    expect(() => readRuntimeFile(folder.path)).toThrow(expect.objectContaining(unsafe));
  });

  it('is refused as a link, a folder, or a named pipe', async () => {
    for (const make of [
      (path: string) => symlink('/etc/hostname', path),
      (path: string) => mkdir(path, { mode: 0o700 }),
      async (path: string) => void execFileSync('mkfifo', ['-m', '600', path]),
    ]) {
      await using folder = await temporaryFolder();
      await make(join(folder.path, 'runtime.json'));
      expect(() => readRuntimeFile(folder.path)).toThrow(expect.objectContaining(unsafe));
    }
  });

  it('replaces a link instead of writing through it', async () => {
    await using folder = await temporaryFolder();
    const victim = join(folder.path, 'victim');
    await writeFile(victim, 'untouched');
    await symlink(victim, join(folder.path, 'runtime.json'));
    writeRuntimeFile(folder.path, content);
    expect(await readFile(victim, 'utf8')).toBe('untouched');
    expect(readRuntimeFile(folder.path)).toMatchObject(content);
  });

  it.each([
    '',
    '{',
    'null',
    '[]',
    '{}',
    '{"format":"tale.runtime/2","daemonId":"d","token":"t","servers":[]}',
    '{"format":"tale.runtime/1","daemonId":"d","token":"t"}',
    '{"format":"tale.runtime/1","daemonId":"d","token":"t","servers":[null]}',
    '{"format":"tale.runtime/1","daemonId":"d","token":"t","servers":[{"name":"one"}]}',
  ])('is refused with the content %j', async (text) => {
    await using folder = await temporaryFolder();
    await writeFile(join(folder.path, 'runtime.json'), text, { mode: 0o600 });
    expect(() => readRuntimeFile(folder.path)).toThrow(expect.objectContaining(unsafe));
  });
});

describe('the token', () => {
  it('has 256 bits, mode 0600, and lasts', async () => {
    await using folder = await temporaryFolder();
    const data = join(folder.path, 'data');
    const token = loadOrCreateToken(data);
    expect(token).toMatch(/^[0-9a-f]{64}$/);
    expect(loadOrCreateToken(data)).toBe(token);
    expect((await stat(join(data, 'token'))).mode & 0o777).toBe(0o600);
    expect((await stat(data)).mode & 0o777).toBe(0o700);
    expect(await readdir(data)).toEqual(['token']);
  });

  it('is made once when two make it at the same moment', async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, 'token');
    expect([createPrivateFile(path, 'first'), createPrivateFile(path, 'second')]).toEqual([true, false]);
    expect(await readFile(path, 'utf8')).toBe('first');
  });

  it('is refused when others may read it, or when it is no token', async () => {
    await using folder = await temporaryFolder();
    loadOrCreateToken(folder.path);
    await chmod(join(folder.path, 'token'), 0o644);
    expect(() => loadOrCreateToken(folder.path)).toThrow(expect.objectContaining(unsafe));
    await writeFile(join(folder.path, 'token'), 'short');
    await chmod(join(folder.path, 'token'), 0o600);
    expect(() => loadOrCreateToken(folder.path)).toThrow(expect.objectContaining(unsafe));
  });
});

describe('SupervisorError', () => {
  it('is recognised by its brand and carries facts', () => {
    const error = new SupervisorError('locked', 'held', { holder: { pid: 7, command: null }, cause: 'x' });
    expect(SupervisorError.isInstance(error)).toBe(true);
    expect(SupervisorError.isInstance(new Error('held'))).toBe(false);
    expect(error).toMatchObject({ holder: { pid: 7 }, server: null, instance: null, lastLines: [], cause: 'x' });
  });
});
