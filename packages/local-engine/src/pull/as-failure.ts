import { LocalEngineError } from '../errors.js';
import { isFullDisk } from '../store/full-disk.js';
import type { CatalogEntry } from '../types.js';

/** Any failure of a pull with a code. */
export function asFailure(error: unknown, { name: model, bytes }: CatalogEntry): LocalEngineError {
  if (LocalEngineError.isInstance(error)) return error;
  if (isFullDisk(error)) {
    return new LocalEngineError('disk-full', `the disk is full: ${model} has ${bytes} bytes; what is there is kept`, {
      ...{ model, neededBytes: bytes, cause: error },
    });
  }
  return new LocalEngineError('source-failed', error instanceof Error ? error.message : String(error), {
    cause: error,
  });
}
