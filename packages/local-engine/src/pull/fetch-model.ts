import { rm } from 'node:fs/promises';
import { LocalEngineError, type SourceFailure } from '../errors.js';
import type { ModelStore } from '../store/model-store.js';
import { asDigest, type Digest } from '../store/places.js';
import type { CatalogEntry, DiskProbe, ModelSource, SourceDriver } from '../types.js';
import { asFailure } from './as-failure.js';
import { diskNeed } from './disk-need.js';
import type { PullEvent } from './events.js';

/** What a model is fetched with. */
export interface FetchTools {
  readonly store: ModelStore;
  readonly drivers: readonly SourceDriver[];
  readonly disk: DiskProbe;
}

const spareBytes = 32 * 2 ** 20;

/**
 * Brings the bytes of an entry into the store: the first source that delivers the right ones.
 *
 * @returns the kind of that source
 * @throws {@link LocalEngineError} `disk-full`; the failure of the only source; `pull-failed` with all failures
 */
export async function fetchModel(
  entry: CatalogEntry,
  { store, drivers, disk }: FetchTools,
  signal: AbortSignal,
  emit: (event: PullEvent) => void,
): Promise<string> {
  const digest = asDigest(entry.sha256) as Digest; // checked by the catalogue's schema
  const attempts: SourceFailure[] = [];
  for (const source of entry.sources) {
    emit({ type: 'source-start', source: source.kind });
    try {
      await fetchFrom(source);
      return source.kind;
    } catch (error) {
      signal.throwIfAborted();
      const failure = asFailure(error, entry);
      if (failure.code === 'disk-full') throw failure;
      const attempt = {
        source: source.kind,
        code: failure.code,
        message: failure.message,
        retryable: failure.retryable,
      };
      attempts.push(attempt);
      emit({ type: 'source-error', failure: attempt });
    }
  }
  throw allFailed(entry.name, attempts);

  async function fetchFrom(source: ModelSource): Promise<void> {
    const driver = drivers.find(({ kind }) => kind === source.kind);
    if (!driver) throw new LocalEngineError('source-unavailable', `the source ${source.kind} is switched off`);
    const { file, workDirectory } = await store.openPartial(digest, source.kind);
    try {
      await demandSpace(diskNeed(source, entry.bytes, await file.size()));
      signal.throwIfAborted();
      await driver.fetch(source, {
        bytes: entry.bytes,
        sha256: digest,
        file,
        workDirectory,
        signal,
        onProgress: (doneBytes) => emit({ type: 'progress', digest, doneBytes, totalBytes: entry.bytes }),
      });
      const size = await file.size();
      if (size !== entry.bytes) {
        await file.truncate(0);
        throw new LocalEngineError('source-failed', `${source.kind} delivered ${size} bytes instead of ${entry.bytes}`);
      }
      emit({ type: 'verify' });
      await store.adopt(file, digest, signal);
    } finally {
      await rm(workDirectory, { recursive: true, force: true, maxRetries: 3 });
    }
  }

  async function demandSpace(needBytes: number): Promise<void> {
    const neededBytes = needBytes + spareBytes;
    const availableBytes = await disk.freeBytes(store.places.partial);
    if (availableBytes >= neededBytes) return;
    throw new LocalEngineError(
      'disk-full',
      `${entry.name} needs ${neededBytes} bytes of disk, ${availableBytes} are free at ${store.places.partial}`,
      { model: entry.name, neededBytes, availableBytes },
    );
  }
}

function allFailed(model: string, attempts: readonly SourceFailure[]): LocalEngineError {
  const told = attempts.map((attempt) => `${attempt.source}: ${attempt.message}`).join('; ');
  const only = attempts.length === 1 ? attempts[0] : undefined;
  return new LocalEngineError(only?.code ?? 'pull-failed', `${model} could not be fetched; ${told}`, {
    model,
    attempts,
    retryable: attempts.some((attempt) => attempt.retryable),
  });
}
