import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../types.js';

/** Bytes of all files below a folder; what vanishes meanwhile counts as nothing. */
export async function folderBytes(path: string): Promise<number> {
  const names = await readdir(path, { recursive: true, withFileTypes: true }).catch(() => []);
  let bytes = 0;
  for (const entry of names) {
    if (!entry.isFile()) continue;
    bytes += await stat(join(entry.parentPath, entry.name)).then(
      ({ size }) => size,
      () => 0,
    );
  }
  return bytes;
}

/** Reports how a folder grows, for programs that print no progress without a terminal. Returns the end of it. */
export function watchFolder(path: string, clock: Clock, onBytes: (bytes: number) => void): () => void {
  let cancel = () => {};
  let isWatching = true;
  const schedule = () => {
    cancel = clock.after(300, async () => {
      const bytes = await folderBytes(path);
      if (!isWatching) return;
      onBytes(bytes);
      schedule();
    });
  };
  schedule();
  return () => {
    isWatching = false;
    cancel();
  };
}
