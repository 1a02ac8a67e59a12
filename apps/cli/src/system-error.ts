const words: Readonly<Record<string, string>> = {
  EACCES: 'permission is denied',
  EBADF: 'it is closed',
  EDQUOT: 'the quota of this user is used up',
  EFBIG: 'the file would be too large',
  EIO: 'the device reports an error',
  EISDIR: 'it is a folder',
  ELOOP: 'there are too many links, or links in a circle',
  EMFILE: 'too many files are open',
  ENAMETOOLONG: 'the name is too long',
  ENFILE: 'too many files are open',
  ENOENT: 'there is no such file',
  ENOSPC: 'no space is left on the device',
  ENOTDIR: 'a part of the path is a file, not a folder',
  ENXIO: 'there is no such device',
  EPERM: 'the operation is not permitted',
  EROFS: 'the file system is read-only',
};

/** An error of the operating system: what it is about, and why. */
export interface SystemError extends Error {
  readonly code: string;
  readonly path?: string;
}

/** Whether the operating system refused something on a file; a refused connection is no such error. */
export function isFileError(error: unknown): error is SystemError {
  return error instanceof Error && Object.hasOwn(words, String((error as NodeJS.ErrnoException).code));
}

/** What the code of such an error means: `the file system is read-only (EROFS)`. */
export function describeSystemError(code: string): string {
  const said = Object.hasOwn(words, code) ? words[code] : null;
  return said ? `${said} (${code})` : code;
}
