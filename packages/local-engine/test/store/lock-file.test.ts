import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, readFile, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { temporaryFolder, until } from '@tale/test-kit';
import { describe, expect, it } from 'vitest';
import { readLiveOwner, takeLock, waitForLock } from '../../src/store/lock-file.js';

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

  it.skipIf(process.platform !== 'linux')('is taken from a dead process that its parent does not bury', async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, 'lock');
    const stdio = ['ignore', 'pipe', 'inherit', 'pipe'] as const;
    const parent = spawn('sh', ['-c', 'cat <&3 >&2 & echo $!; exec sleep 600'], { stdio: [...stdio] });
    try {
      const pid = Number(await once(parent.stdout as Readable, 'data'));
      const nameOf = (id: number | undefined) => readFile(`/proc/${id}/comm`, 'utf8');
      await until('the parent is one that waits for nobody', async () => (await nameOf(parent.pid)) === 'sleep\n');
      (parent.stdio[3] as Writable).end();
      const fields = async () => (await readFile(`/proc/${pid}/stat`, 'utf8')).split(') ')[1]?.split(' ') ?? [];
      await until('it is dead', async () => (await fields())[0] === 'Z');
      await writeFile(path, JSON.stringify({ pid, start: (await fields())[19], token: 'old' }));
      expect(await readLiveOwner(path)).toBeNull();
      expect(await takeLock(path)).toHaveProperty('release');
    } finally {
      parent.kill('SIGKILL');
    }
  });

  it('is taken by exactly one of many that find a dead owner', async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, 'lock');
    await deadOwner(path);
    const taken = await Promise.all(Array.from({ length: 12 }, () => takeLock(path)));
    expect(taken.filter((lock) => 'release' in lock)).toHaveLength(1);
  });

  it('is whole as soon as it is there, and nothing else stays beside it', async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, 'lock');
    const contents: string[] = [];
    let isTaken = false;
    const looking = (async () => {
      while (!isTaken)
        await readFile(path, 'utf8').then(
          (text) => contents.push(text),
          () => {},
        );
    })();
    for (let round = 0; round < 400; round++) {
      const lock = await takeLock(path);
      if ('release' in lock) await lock.release();
    }
    isTaken = true;
    await looking;
    expect(contents.filter((text) => !text.endsWith('"}'))).toEqual([]);
    expect(contents.length).toBeGreaterThan(0);
    expect(await readdir(folder.path)).toEqual([]);
  });

  it('is taken when its content is damaged, and when a takeover died half way', async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, 'lock');
    await mkdir(`${path}.takeover`);
    const longAgo = new Date(Date.now() - 60_000);
    await utimes(`${path}.takeover`, longAgo, longAgo);
    for (const content of ['half', 'null', '7']) {
      await writeFile(path, content);
      expect(await takeLock(path), content).toHaveProperty('release');
      expect(JSON.parse(await readFile(path, 'utf8'))).toMatchObject({ pid: process.pid });
    }
  });

  it('is waited for, unless the waiting is aborted', async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, 'lock');
    const first = await waitForLock(path, signal);
    let waits = 0;
    let tellWait = () => {};
    const waiting = new Promise<void>((resolve) => {
      tellWait = resolve;
    });
    const second = waitForLock(path, signal, () => {
      waits++;
      tellWait();
    });
    await waiting;
    const left = new AbortController();
    await expect(waitForLock(path, left.signal, () => left.abort())).rejects.toThrow();
    await first.release();
    await (await second).release();
    expect(waits).toBe(1);
  });
});
