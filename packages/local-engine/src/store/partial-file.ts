import { open, stat, truncate } from 'node:fs/promises';
import type { PartialFile } from '../types.js';

/** A growing file at `path`, mode 0600; made with the first byte. */
export function partialFile(path: string): PartialFile {
  const size = async () =>
    stat(path).then(
      (stats) => stats.size,
      () => 0,
    );
  return {
    path,
    size,
    async truncate(bytes) {
      if ((await size()) > bytes) await truncate(path, bytes);
    },
    async append(chunks, onBytes) {
      const file = await open(path, 'a', 0o600);
      try {
        let appendedBytes = 0;
        for await (const chunk of chunks) {
          await file.writeFile(chunk); // all of it, unlike write()
          appendedBytes += chunk.byteLength;
          onBytes?.(appendedBytes);
        }
        await file.sync();
      } finally {
        await file.close();
      }
    },
  };
}
