import { mkdir } from 'node:fs/promises';
import { LocalEngineError } from '../errors.js';
import { type HeldLock, takeLock } from './lock-file.js';
import type { Places } from './places.js';

/**
 * Makes this process the only one that writes to a data directory.
 *
 * @throws {@link LocalEngineError} `data-directory-locked`
 */
export async function holdDirectory(places: Places): Promise<HeldLock> {
  let taken: Awaited<ReturnType<typeof takeLock>>;
  try {
    await mkdir(places.root, { recursive: true, mode: 0o700 });
    taken = await takeLock(places.lock);
  } catch (cause) {
    throw new LocalEngineError('invalid-options', `${places.root} cannot be written to`, { cause });
  }
  if ('release' in taken) return taken;
  throw new LocalEngineError(
    'data-directory-locked',
    `${places.root} is used by the engine with process id ${taken.pid}`,
    {
      retryable: true,
    },
  );
}
