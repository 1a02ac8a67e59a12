import { createReadStream } from 'node:fs';
import { LocalEngineError } from '../errors.js';
import type { SourceDriver } from '../types.js';

/** A file of this machine. */
export function fileSource(): SourceDriver {
  return {
    kind: 'file',
    async fetch(source, { file, signal, onProgress }) {
      if (source.kind !== 'file') throw new TypeError('not a file source');
      await file.truncate(0);
      try {
        await file.append(createReadStream(source.path, { signal, highWaterMark: 1 << 20 }), onProgress);
      } catch (error) {
        signal.throwIfAborted();
        if ((error as NodeJS.ErrnoException).code === 'ENOSPC') throw error;
        throw new LocalEngineError('source-failed', `${source.path} cannot be read`, { cause: error });
      }
    },
  };
}
