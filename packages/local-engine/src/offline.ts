import { stat } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { builtInCatalog, createCatalog, readUserCatalog } from './catalog/catalog.js';
import { parseModelName } from './catalog/model-name.js';
import { systemClock } from './clock.js';
import { LocalEngineError } from './errors.js';
import { findInstalled } from './find-installed.js';
import type { PullEvent } from './pull/events.js';
import { fetchModel } from './pull/fetch-model.js';
import { createPuller } from './pull/puller.js';
import { forkRunner } from './runner/fork-runner.js';
import { inspectFile } from './runner/inspect-file.js';
import { silentLogger } from './silent-logger.js';
import { fileSource } from './sources/file.js';
import { systemSources } from './sources/system-sources.js';
import { holdDirectory } from './store/directory-lock.js';
import { systemDisk } from './store/disk.js';
import { hashFile } from './store/file-hash.js';
import type { Manifest } from './store/manifests.js';
import { type ModelStore, openModelStore } from './store/model-store.js';
import { asDigest, type Digest, placesOf } from './store/places.js';

/** How long a pull or an addition may go on, and who hears of it. */
export interface OfflineOptions {
  readonly signal: AbortSignal;
  onEvent(event: PullEvent): void;
}

/** A data directory without an engine: what the command line works on. */
export interface OfflineModels extends AsyncDisposable {
  readonly store: ModelStore;
  /** The installed model that a name or alias stands for. @throws {@link LocalEngineError} `model-not-found` */
  find(name: string): Promise<Manifest>;
  /** Fetches a model of the catalogue. */
  pull(name: string, options: OfflineOptions): Promise<Manifest>;
  /** Copies a GGUF file into the store. @param name `null` = after the file */
  add(path: string, name: string | null, options: OfflineOptions): Promise<Manifest>;
}

/** Holds the data directory until it is disposed of. @throws {@link LocalEngineError} `data-directory-locked` */
export async function openOfflineModels(
  dataDir: string,
  { runnerEntry, environment }: { readonly runnerEntry: string; readonly environment: NodeJS.ProcessEnv },
): Promise<OfflineModels> {
  const places = placesOf(dataDir);
  const clock = systemClock;
  const inspect = (path: string, signal?: AbortSignal) =>
    inspectFile({ spawn: forkRunner, entry: runnerEntry, clock }, path, signal);
  const lock = await holdDirectory(places);
  try {
    const store = await openModelStore(places, { clock, inspect });
    const readCatalog = async () => createCatalog([...builtInCatalog(), ...(await readUserCatalog(places.catalog))]);
    return {
      store,
      find: async (name) => findInstalled(name, store.manifests, await readCatalog()),
      async pull(name, options) {
        const tools = { store, drivers: systemSources({ environment }), disk: systemDisk };
        const puller = createPuller({ ...tools, catalog: await readCatalog(), clock, logger: silentLogger });
        try {
          return await puller.pull(name, options);
        } finally {
          await puller.close();
        }
      },
      async add(path, wantedName, { signal, onEvent }) {
        const file = resolve(path);
        const bytes = await stat(file).then(
          (stats) => (stats.isFile() ? stats.size : 0),
          () => 0,
        );
        if (bytes === 0) throw new LocalEngineError('invalid-gguf', `${file} is no file with content`);
        const name = parseModelName(wantedName ?? nameOf(file));
        await inspect(file, signal); // before gigabytes are copied
        const sha256 = await hashFile(file, signal);
        const digest = asDigest(sha256) as Digest; // 64 hex digits by construction
        try {
          if (!(await store.hasRightBlob(digest, bytes, signal))) {
            const entry = {
              ...{ name, aliases: [], license: '', capabilities: [], contextTokens: 2_048 },
              ...{ bytes, sha256, sources: [{ kind: 'file' as const, path: file }] },
            };
            await fetchModel(entry, { store, drivers: [fileSource()], disk: systemDisk }, signal, onEvent);
          }
          const facts = { name, digest, source: 'file', license: null, capabilities: null };
          const manifest = await store.install(facts, signal);
          await store.clearPartial(digest);
          return manifest;
        } catch (error) {
          await store.clearPartial(digest, ['file', 'rejected']); // the file itself is still there
          throw error;
        }
      },
      [Symbol.asyncDispose]: () => lock.release(),
    };
  } catch (error) {
    await lock.release();
    throw error;
  }
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
