import { lstat, mkdir } from 'node:fs/promises';
import { ConfigError } from './errors.js';

const writableByOthers = 0o022;

/**
 * Makes the folder, and what is missing above it, for this user alone (0700); one that is there already is only looked at.
 * On systems without user ids only its kind is checked.
 *
 * @throws {@link ConfigError} `unsafe-file` if it is a link, no folder, of another user, or writable by others; `not-writable` if it
 * cannot be made.
 */
export async function ensureFolder(path: string): Promise<void> {
  const failed = await mkdir(path, { recursive: true, mode: 0o700 }).then(
    () => null,
    (cause: NodeJS.ErrnoException) => cause,
  );
  const found = await lstat(path).catch(() => null);
  if (!found) {
    const reason = failed?.code ?? 'it went away';
    throw new ConfigError('not-writable', `Cannot make the folder ${path} (${reason}).`, { cause: failed, path });
  }
  const refuse = (what: string) => {
    throw new ConfigError('unsafe-file', `The folder ${path} ${what}.`, { path });
  };
  if (found.isSymbolicLink()) refuse('is a link; name its target instead');
  if (!found.isDirectory()) refuse('is not a folder; move it away');
  const user = process.getuid?.();
  if (user === undefined) return;
  if (found.uid !== user) refuse(`belongs to another user (uid ${found.uid}, not ${user})`);
  if (found.mode & writableByOthers) refuse(`is writable by others; run: chmod go-w '${path}'`);
}
