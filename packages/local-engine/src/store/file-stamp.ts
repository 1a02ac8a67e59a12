import { stat } from 'node:fs/promises';

/** What the system says of a file; another one shows that the file may have changed. */
export type FileStamp = `${number} ${number} ${number} ${number}`;

/** Size, times of change and inode of a file. @throws when there is none */
export async function stampOf(path: string): Promise<FileStamp> {
  const { size, mtimeMs, ctimeMs, ino } = await stat(path);
  return `${size} ${mtimeMs} ${ctimeMs} ${ino}`;
}

/** Size in bytes that a stamp tells. */
export const stampedBytes = (stamp: FileStamp): number => Number(stamp.slice(0, stamp.indexOf(' ')));
