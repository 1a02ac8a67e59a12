import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { ConfigError } from './errors.js';

/** Largest file that is read. */
export const maximumBytes = 1_048_576;

/** Text of a configuration file. */
export interface ConfigText {
  /** Without the byte order mark. */
  readonly text: string;
  readonly hasByteOrderMark: boolean;
}

/** Whose files are read: `secret` ones may be read by their owner alone, `private` ones be written by him alone, `shared` ones also by his group. */
export type Sharing = 'secret' | 'private' | 'shared';

/**
 * Reads a configuration file; `null` if there is none. A link is followed. The file must be a regular one, of this user or
 * root, not writable by others, at most 1 MiB, and UTF-8.
 */
export async function readConfigFile(path: string, sharing: Sharing): Promise<ConfigText | null> {
  let file: FileHandle;
  try {
    // Not blocking: opening a pipe would wait for its writer.
    file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' || code === 'ENOTDIR') return null;
    throw new ConfigError('unsafe-file', `${path} cannot be read (${code}).`, { cause, path });
  }
  try {
    const found = await file.stat();
    const reason = refusal(found, sharing);
    if (reason !== null) throw new ConfigError('unsafe-file', `${path} ${reason}.`, { path });
    return decode(await file.readFile(), path);
  } finally {
    await file.close();
  }
}

function refusal(
  found: { isFile(): boolean; uid: number; mode: number; size: number },
  sharing: Sharing,
): string | null {
  const user = process.getuid?.();
  if (!found.isFile()) return 'is not a regular file';
  if (found.size > maximumBytes) return `is larger than ${maximumBytes} bytes`;
  if (user === undefined) return null;
  if (found.uid !== user && found.uid !== 0) return `belongs to another user (uid ${found.uid}, not ${user})`;
  if (sharing === 'secret') return found.mode & 0o077 ? 'is open to others; run chmod 600 on it' : null;
  if (found.mode & (sharing === 'private' ? 0o022 : 0o002)) return 'is writable by others; run chmod go-w on it';
  return null;
}

function decode(bytes: Uint8Array, path: string): ConfigText {
  const hasByteOrderMark = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
  try {
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(bytes), hasByteOrderMark };
  } catch (cause) {
    throw new ConfigError('syntax', `${path} is not UTF-8.`, { cause, path });
  }
}
