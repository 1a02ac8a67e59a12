import { createReadStream } from 'node:fs';
import { LocalEngineError } from '../errors.js';
import { isFullDisk } from '../store/full-disk.js';
import type { SourceDriver } from '../types.js';

/** A file of this machine. */
export function fileSource(): SourceDriver {
  return {
    kind: 'file',
    async fetch(source, { bytes, file, signal, onProgress }) {
      if (source.kind !== 'file') throw new TypeError('not a file source');
      if ((await file.size()) > bytes) await file.truncate(0);
      const start = await file.size();
      try {
        const rest = createReadStream(source.path, { start, signal, highWaterMark: 1 << 20 });
        await file.append(rest, (appendedBytes) => onProgress(start + appendedBytes));
      } catch (error) {
        signal.throwIfAborted();
        if (isFullDisk(error)) throw error;
        throw new LocalEngineError('source-failed', `${source.path} cannot be read`, { cause: error });
      }
    },
  };
}
