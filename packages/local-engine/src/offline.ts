import { stat } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { builtInCatalog, createCatalog, readUserCatalog } from './catalog/catalog.js';
import { parseModelName } from './catalog/model-name.js';
import { systemClock } from './clock.js';
import { LocalEngineError } from './errors.js';
import type { PullEvent } from './pull/events.js';
import { fetchModel } from './pull/fetch-model.js';
import { createPuller } from './pull/puller.js';
import { forkRunner } from './runner/fork-runner.js';
import { inspectFile } from './runner/inspect-file.js';
import { fileSource } from './sources/file.js';
import { systemSources } from './sources/system-sources.js';
import { holdDirectory } from './store/directory-lock.js';
import { systemDisk } from './store/disk.js';
import { hashFile } from './store/file-hash.js';
import type { Manifest } from './store/manifests.js';
import { type ModelStore, openModelStore } from './store/model-store.js';
import { asDigest, type Digest, placesOf } from './store/places.js';

/** A data directory without an engine: what the command line works on. */
export interface OfflineModels extends AsyncDisposable {
  readonly store: ModelStore;
  /** Fetches a model of the catalogue. */
  pull(name: string, options: { signal: AbortSignal; onEvent(event: PullEvent): void }): Promise<Manifest>;
  /** Copies a GGUF file into the store. */
  add(
    path: string,
    name: string | null,
    options: { signal: AbortSignal; onEvent(event: PullEvent): void },
  ): Promise<Manifest>;
}

/** Holds the data directory until it is disposed of. @throws {@link LocalEngineError} `data-directory-locked` */
export async function openOfflineModels(dataDir: string, runnerEntry: string): Promise<OfflineModels> {
  const places = placesOf(dataDir);
  const lock = await holdDirectory(places);
  const clock = systemClock;
  const silent = { debug() {}, info() {}, warn() {}, error() {} };
  const store = await openModelStore(places, { clock, inspect: (path) => inspectFile(forkRunner, runnerEntry, path) });
  return {
    store,
    async pull(name, options) {
      const catalog = createCatalog([...builtInCatalog(), ...(await readUserCatalog(places.catalog))]);
      const puller = createPuller({
        store,
        catalog,
        drivers: systemSources(),
        disk: systemDisk,
        clock,
        logger: silent,
      });
      try {
        return await puller.pull(name, options);
      } finally {
        await puller.close();
      }
    },
    async add(path, wantedName, { signal, onEvent }) {
      const file = resolve(path);
      const size = await stat(file).then(
        (stats) => (stats.isFile() ? stats.size : 0),
        () => 0,
      );
      if (size === 0) throw new LocalEngineError('invalid-gguf', `${file} is no file with content`);
      const name = parseModelName(wantedName ?? nameOf(file));
      const sha256 = await hashFile(file, signal);
      const digest = asDigest(sha256) as Digest; // 64 hex digits by construction
      const entry = {
        ...{ name, aliases: [], license: '', capabilities: [], contextTokens: 2_048 },
        ...{ bytes: size, sha256, sources: [{ kind: 'file' as const, path: file }] },
      };
      if (!(await store.hasBlob(digest, size))) {
        await fetchModel(entry, { store, drivers: [fileSource()], disk: systemDisk }, signal, onEvent);
      }
      return store.install({ name, digest, source: 'file', license: null, capabilities: ['completion'] });
    },
    [Symbol.asyncDispose]: () => lock.release(),
  };
}

/** A model name from a file's: `./My Model.Q4_K_M.gguf` → `my-model.q4_k_m`. */
export function nameOf(file: string): string {
  const stem = basename(file)
    .replace(/\.gguf$/i, '')
    .toLowerCase();
  return stem
    .replace(/[^a-z0-9._-]+/g, '-')
    .replace(/\.{2,}/g, '.')
    .replace(/^[^a-z0-9]+/, '');
}
