import { randomBytes } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { ConfigError } from './errors.js';

/**
 * Writes a file that only this user can read (0600), so that a crash leaves the old content or the new one: a new file beside it,
 * fsync, rename, fsync of the folder. A link of that name is replaced, not followed. A folder that cannot be synced is no failure: the
 * new content is in place, and only a crash of the machine could still bring the old one back.
 *
 * @throws {@link ConfigError} `not-writable`; the old content is then untouched and no other file is left.
 */
export async function writePrivateFile(path: string, text: string): Promise<void> {
  const beside = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}.tmp`);
  try {
    const file = await open(beside, 'wx', 0o600);
    try {
      await file.writeFile(text, 'utf8');
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(beside, path);
  } catch (cause) {
    await rm(beside, { force: true }).catch(() => {});
    const code = (cause as NodeJS.ErrnoException).code;
    throw new ConfigError('not-writable', `Cannot write ${path} (${code}).`, { cause, path });
  }
  await syncFolder(dirname(path)).catch(() => {});
}

async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return; // a folder cannot be opened there
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
