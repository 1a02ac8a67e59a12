import { randomBytes } from 'node:crypto';
import { link, rm, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { readAbandoned, takeAway } from './abandoned-lock.js';
import { ConfigError } from '../../src/errors.js';

const retryMs = 20;
const tries = 250; // 5 s

/**
 * Runs `run` while `<path>.lock` holds this process's id. The lock of a process that is gone is taken away; one of a living
 * process is waited for, 5 s at most.
 *
 * @throws {@link ConfigError} `conflict`, retryable; `not-writable`
 */
export async function withFileLock<Result>(
  path: string,
  signal: AbortSignal | undefined,
  run: () => Promise<Result>,
): Promise<Result> {
  const lock = `${path}.lock`;
  const token = randomBytes(6).toString('hex'); // no two locks have the same content
  const own = `${lock}.${token}`;
  try {
    await writeFile(own, `${process.pid}-${token}`, { flag: 'wx', mode: 0o600 });
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    throw new ConfigError('not-writable', `Cannot write beside ${path} (${code}).`, { cause, path });
  }
  try {
    await acquire(lock, own, path, signal);
  } finally {
    await rm(own, { force: true });
  }
  try {
    return await run();
  } finally {
    await rm(lock, { force: true });
  }
}

async function acquire(lock: string, own: string, path: string, signal: AbortSignal | undefined): Promise<void> {
  for (let attempt = 0; attempt < tries; attempt++) {
    signal?.throwIfAborted();
    try {
      await link(own, lock); // the lock appears with its content
      return;
    } catch (cause) {
      const code = (cause as NodeJS.ErrnoException).code;
      if (code !== 'EEXIST') throw new ConfigError('not-writable', `Cannot lock ${path} (${code}).`, { cause, path });
    }
    const abandoned = await readAbandoned(lock);
    if (abandoned === null || !(await takeAway(lock, abandoned))) await sleep(retryMs);
  }
  throw new ConfigError('conflict', `Another process is changing ${path}; if not, delete ${lock}.`, {
    retryable: true,
    path,
  });
}
