import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { CommandError } from '../command-error.js';

/** A private file that is there only once it is whole. */
export interface ExportFile {
  write(text: string): Promise<void>;
  /** Puts it in its place; resolves with its bytes. */
  finish(): Promise<number>;
  /** Takes away what was written; without effect after `finish`. */
  discard(): Promise<void>;
}

/** @throws {@link CommandError} `usage` where there is a file already and it is not to be replaced */
export async function openExportFile(path: string, isReplaced: boolean): Promise<ExportFile> {
  // Held until it is whole: nobody else writes an export there at the same time.
  const claim = isReplaced ? null : await openNew(path);
  const temporary = `${path}.${process.pid}.part`;
  const handle = await open(temporary, 'wx', 0o600).catch(async (error: unknown) => {
    await dropClaim(path, claim);
    throw error;
  });
  let bytes = 0;
  let isOver = false;
  return {
    async write(text) {
      bytes += (await handle.write(text)).bytesWritten;
    },
    async finish() {
      await handle.sync();
      await handle.close();
      await claim?.close();
      await rename(temporary, path);
      isOver = true;
      return bytes;
    },
    async discard() {
      if (isOver) return;
      isOver = true;
      await handle.close().catch(() => {});
      await rm(temporary, { force: true });
      await dropClaim(path, claim);
    },
  };
}

async function openNew(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'wx', 0o600);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw cause;
    throw new CommandError('usage', `${path} is there already.`, { cause, hint: 'give --force to replace it' });
  }
}

async function dropClaim(path: string, claim: FileHandle | null): Promise<void> {
  if (!claim) return;
  await claim.close();
  await rm(path, { force: true });
}
