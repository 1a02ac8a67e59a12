import { randomUUID } from 'node:crypto';
import { link, mkdir, readFile, rm, rmdir, stat, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

/** Who holds a lock. */
export interface LockOwner {
  readonly pid: number;
  /** Start of the process as the system counts it, `null` where it cannot be read: tells a reused process id. */
  readonly start: string | null;
  /** Names this one taking. */
  readonly token: string;
}

/** A lock that is held. */
export interface HeldLock {
  release(): Promise<void>;
}

const mutexMaxAgeMs = 10_000;

/**
 * Takes a lock file, also from an owner that is dead. Of two that find a dead owner one wins.
 *
 * @returns the lock, or the live process that holds it
 */
export async function takeLock(path: string): Promise<HeldLock | LockOwner> {
  const mine: LockOwner = { pid: process.pid, start: await startOf(process.pid), token: randomUUID() };
  for (;;) {
    if (await create(path, mine)) return { release: () => release(path, mine) };
    const owner = await readOwner(path);
    if (isOwner(owner) && (await isAlive(owner))) return owner;
    await withMutex(`${path}.takeover`, async () => {
      const still = await readOwner(path); // nobody else removes it while the mutex is held
      if (still === null) return; // where there is none, the next moment there may be one of a living process
      if (!isOwner(still) || !(await isAlive(still))) await rm(path, { force: true });
    });
  }
}

/** Waits for the lock. */
export async function waitForLock(path: string, signal: AbortSignal, onWait: () => void = () => {}): Promise<HeldLock> {
  for (let tries = 0; ; tries++) {
    const lock = await takeLock(path);
    if ('release' in lock) return lock;
    if (tries === 0) onWait();
    await sleep(200, undefined, { signal });
  }
}

/** The live process that holds a lock; nothing is changed. */
export async function readLiveOwner(path: string): Promise<LockOwner | null> {
  const owner = await readOwner(path);
  return isOwner(owner) && (await isAlive(owner)) ? owner : null;
}

/** The lock appears with its content: a half written one would be taken for that of a dead process. */
async function create(path: string, owner: LockOwner): Promise<boolean> {
  const content = JSON.stringify(owner);
  const own = `${path}.${owner.token}`;
  await writeFile(own, content, { mode: 0o600, flag: 'wx' });
  try {
    await link(own, path);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return false;
    if (code !== 'EPERM' && code !== 'ENOTSUP' && code !== 'ENOSYS') throw error;
    return createInPlace(path, content); // a file system without hard links
  } finally {
    await rm(own, { force: true });
  }
}

async function createInPlace(path: string, content: string): Promise<boolean> {
  try {
    await writeFile(path, content, { mode: 0o600, flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

async function release(path: string, mine: LockOwner): Promise<void> {
  const owner = await readOwner(path);
  if (isOwner(owner) && owner.token === mine.token) await rm(path, { force: true });
}

const isOwner = (read: LockOwner | 'damaged' | null): read is LockOwner => read !== null && read !== 'damaged';

/** `null` = there is no lock. */
async function readOwner(path: string): Promise<LockOwner | 'damaged' | null> {
  for (let tries = 0; tries < 20; tries++) {
    const text = await readFile(path, 'utf8').catch(() => null);
    if (text === null) return null;
    try {
      return JSON.parse(text) ?? 'damaged';
    } catch {
      await sleep(25); // it is being written
    }
  }
  return 'damaged';
}

async function isAlive(owner: LockOwner): Promise<boolean> {
  try {
    process.kill(owner.pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  return owner.start === null || owner.start === (await startOf(owner.pid));
}

/** `null` also for a process that is dead and whose parent does not want to know. */
async function startOf(pid: number): Promise<string | null> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null);
  const fields = text?.slice(text.lastIndexOf(')') + 2).split(' ') ?? [];
  return fields[0] === 'Z' ? null : (fields[19] ?? null);
}

async function withMutex(path: string, work: () => Promise<void>): Promise<void> {
  try {
    await mkdir(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    const age = await stat(path).then(
      ({ mtimeMs }) => Date.now() - mtimeMs,
      () => 0,
    );
    if (age > mutexMaxAgeMs) await rmdir(path).catch(() => {});
    await sleep(50);
    return;
  }
  try {
    await work();
  } finally {
    await rmdir(path).catch(() => {});
  }
}
