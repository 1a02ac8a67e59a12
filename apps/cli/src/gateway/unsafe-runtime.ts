import { lstatSync } from 'node:fs';

/** Why a file that holds a token is not used, and the command that mends it. */
export interface UnsafeFile {
  readonly why: string;
  readonly command: string;
}

/** What is wrong with the file itself; `null` if it is this user's alone, so that its content must be what is wrong. */
export function findUnsafe(path: string): UnsafeFile | null {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (!stat) return null;
  const quoted = `'${path.replaceAll("'", `'\\''`)}'`;
  if (stat.isSymbolicLink()) return { why: 'it is a link', command: `rm ${quoted}` };
  if (stat.isDirectory()) return { why: 'it is a folder', command: `rm -r ${quoted}` };
  if (!stat.isFile()) return { why: 'it is no file', command: `rm ${quoted}` };
  const user = process.getuid?.();
  if (user === undefined) return null;
  if (stat.uid !== user) {
    return { why: `it belongs to another user (uid ${stat.uid}, not ${user})`, command: `rm -f ${quoted}` };
  }
  if ((stat.mode & 0o077) !== 0) {
    return {
      why: 'others may read or write it',
      command: `chmod 600 ${quoted}, if you trust what it says, or rm ${quoted}`,
    };
  }
  return null;
}
