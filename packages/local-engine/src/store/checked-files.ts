import { readFile, rename, writeFile } from 'node:fs/promises';
import * as z from 'zod/mini';
import type { FileStamp } from './file-stamp.js';
import type { Digest } from './places.js';

/** Files whose hash was right, and how they looked then: a large one is not read again at every start. */
export interface CheckedFiles {
  stampOf(digest: Digest): FileStamp | null;
  remember(digest: Digest, stamp: FileStamp): Promise<void>;
  forget(digest: Digest): Promise<void>;
}

const shape = z.record(z.string(), z.string());

/** Reads what an earlier process remembered; a damaged file is as good as none. */
export async function openCheckedFiles(path: string): Promise<CheckedFiles> {
  const stamps = new Map<string, string>(Object.entries(await read(path)));
  const save = async () => {
    const temporary = `${path}.new`;
    await writeFile(temporary, JSON.stringify(Object.fromEntries(stamps)), { mode: 0o600 });
    await rename(temporary, path);
  };
  let saving = Promise.resolve();
  // One after the other: they share the temporary file. A disk that is full costs a check, not the model.
  const later = () => {
    saving = saving.then(save).catch(() => {});
    return saving;
  };
  return {
    stampOf: (digest) => (stamps.get(digest) as FileStamp | undefined) ?? null,
    async remember(digest, stamp) {
      stamps.set(digest, stamp);
      await later();
    },
    async forget(digest) {
      if (stamps.delete(digest)) await later();
    },
  };
}

async function read(path: string): Promise<Record<string, string>> {
  try {
    return shape.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch {
    return {};
  }
}
