import { randomUUID } from 'node:crypto';
import {
  closeSync,
  constants,
  fstatSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { SupervisorError } from './errors.js';

const MODE = 0o600;

/**
 * Text of a file that belongs to this user alone, `null` if there is none. A link, anything but a file, a file of another user
 * or one that others may read is refused: its content could be another's.
 *
 * @throws {@link SupervisorError} `runtime-file-unsafe`
 */
export function readPrivateFile(path: string): string | null {
  const unsafe = (why: string) => new SupervisorError('runtime-file-unsafe', `${path} is not used: ${why}`);
  let descriptor: number;
  try {
    // O_NOFOLLOW: the check and the read must see one and the same file. O_NONBLOCK: a named pipe must not hang us.
    descriptor = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT') return null;
    if (code === 'ELOOP') throw unsafe('it is a link; remove it');
    if (code === 'EACCES') throw unsafe('it belongs to another user');
    throw error;
  }
  try {
    const stat = fstatSync(descriptor);
    if (!stat.isFile()) throw unsafe('it is not a file; remove it');
    if (process.getuid && stat.uid !== process.getuid()) throw unsafe('it belongs to another user');
    if (process.platform !== 'win32' && (stat.mode & 0o077) !== 0) {
      throw unsafe('others may read or write it; remove it, or chmod 600 if you trust its content');
    }
    return readFileSync(descriptor, 'utf8');
  } finally {
    closeSync(descriptor);
  }
}

/** Replaces the file in one step, mode 0600. A link at `path` is replaced, not followed. */
export function writePrivateFile(path: string, text: string): void {
  const written = writeBeside(path, text);
  try {
    renameSync(written, path);
  } catch (error) {
    rmSync(written, { force: true });
    throw error;
  }
}

/** Makes the file, mode 0600, unless there is something at `path`; false then. Nobody sees it half written. */
export function createPrivateFile(path: string, text: string): boolean {
  const written = writeBeside(path, text);
  try {
    linkSync(written, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(written, { force: true });
  }
}

/** Makes the folder, mode 0700, if it is missing. */
export function makePrivateFolder(path: string): void {
  mkdirSync(path, { recursive: true, mode: 0o700 });
}

function writeBeside(path: string, text: string): string {
  const written = `${path}.${randomUUID()}.tmp`;
  writeFileSync(written, text, { mode: MODE, flag: 'wx' });
  return written;
}
