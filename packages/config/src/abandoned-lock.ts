import { link, readFile, rm } from 'node:fs/promises';

/** The content of a lock file whose process is gone; null where there is no such lock. */
export async function readAbandoned(lock: string): Promise<string | null> {
  const content = await readFile(lock, 'utf8').catch(() => '');
  const [, id] = /^(\d{1,10})(?:-[0-9a-f]{12})?$/.exec(content) ?? [];
  if (id === undefined || Number(id) === 0) return null;
  try {
    process.kill(Number(id), 0);
    return null;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH' ? content : null;
  }
}

/**
 * Takes away the lock file that was read as `abandoned`, and no other: several processes may have judged it, and one of them may hold
 * the next lock already. Only who gives the file a second name, which is its own, deletes it. Returns whether it is worth trying to
 * lock at once.
 */
export async function takeAway(lock: string, abandoned: string): Promise<boolean> {
  const aside = `${lock}.${abandoned}.gone`;
  try {
    await link(lock, aside);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT'; // else another process is taking it away
  }
  try {
    if ((await readFile(aside, 'utf8')) === abandoned) await rm(lock, { force: true });
  } finally {
    await rm(aside, { force: true });
  }
  return true;
}
