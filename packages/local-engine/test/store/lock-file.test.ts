import { spawn } from 'node:child_process';
import { mkdir, readFile, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryFolder } from '@tale/test-kit';
import { describe, expect, it } from 'vitest';
import { takeLock, waitForLock } from '../../src/store/lock-file.js';

const signal = new AbortController().signal;

async function deadOwner(path: string): Promise<void> {
  const child = spawn(process.execPath, ['-e', '']);
  await new Promise((resolve) => child.once('exit', resolve));
  await writeFile(path, JSON.stringify({ pid: child.pid, start: '1', token: 'old' }));
}

describe('lock file', () => {
  it('is held by one, and free again after its release', async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, 'lock');
    const first = await takeLock(path);
    expect(await takeLock(path)).toMatchObject({ pid: process.pid });
    if (!('release' in first)) throw new Error('not taken');
    await first.release();
    await first.release();
    expect(await takeLock(path)).toHaveProperty('release');
  });

  it('is taken from a dead process, and from one whose id was given to another', async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, 'lock');
    await deadOwner(path);
    expect(await takeLock(path)).toHaveProperty('release');
    await writeFile(path, JSON.stringify({ pid: process.pid, start: 'long ago', token: 'old' }));
    if (process.platform === 'linux') expect(await takeLock(path)).toHaveProperty('release');
  });

  it('is taken by exactly one of many that find a dead owner', async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, 'lock');
    await deadOwner(path);
    const taken = await Promise.all(Array.from({ length: 12 }, () => takeLock(path)));
    expect(taken.filter((lock) => 'release' in lock)).toHaveLength(1);
  });

  it('is taken when its content is damaged, and when a takeover died half way', async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, 'lock');
    await writeFile(path, 'half');
    await mkdir(`${path}.takeover`);
    const longAgo = new Date(Date.now() - 60_000);
    await utimes(`${path}.takeover`, longAgo, longAgo);
    expect(await takeLock(path)).toHaveProperty('release');
    expect(JSON.parse(await readFile(path, 'utf8'))).toMatchObject({ pid: process.pid });
  });

  it('is waited for, unless the waiting is aborted', async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, 'lock');
    const first = await waitForLock(path, signal);
    let waits = 0;
    const second = waitForLock(path, signal, () => waits++);
    await expect(waitForLock(path, AbortSignal.timeout(50))).rejects.toThrow();
    await first.release();
    await (await second).release();
    expect(waits).toBe(1);
  });
});
