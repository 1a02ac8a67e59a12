import { createHash } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { manualClock, type TemporaryFolder, temporaryFolder } from '@tale/test-kit';
import { expect, inject, it } from 'vitest';
import { createCatalog } from '../../src/catalog/catalog.js';
import { inspectGguf } from '../../src/gguf/inspect.js';
import { openOfflineModels } from '../../src/offline.js';
import { createPuller } from '../../src/pull/puller.js';
import { silentLogger } from '../../src/silent-logger.js';
import { fileSource } from '../../src/sources/file.js';
import { openModelStore } from '../../src/store/model-store.js';
import { asDigest, placesOf } from '../../src/store/places.js';
import { fileEntry, writeTinyGguf } from '../../src/testing/index.js';

const options = { signal: new AbortController().signal, onEvent() {} };

/** A store whose blob has the size of the model, and one other byte; and the model itself. */
async function damagedStore(folder: TemporaryFolder) {
  const path = join(folder.path, 'x.gguf');
  await writeTinyGguf(path);
  const content = await readFile(path);
  const digest = asDigest(createHash('sha256').update(content).digest('hex'))!;
  const dataDir = join(folder.path, 'data');
  const places = placesOf(dataDir);
  const store = await openModelStore(places, { clock: manualClock(), inspect: inspectGguf });
  const wrong = Buffer.from(content);
  wrong[wrong.length - 1]! ^= 1;
  await writeFile(places.blob(digest), wrong);
  return { path, content, digest, dataDir, places, store };
}

it('a file that is there already and has another hash is not installed by a pull, which fetches the right one', async () => {
  await using folder = await temporaryFolder();
  const { path, content, digest, places, store } = await damagedStore(folder);
  const catalog = createCatalog([await fileEntry('x:1', path)]);
  const disk = { freeBytes: async () => 2 ** 40 };
  const tools = { store, catalog, drivers: [fileSource()], disk, clock: manualClock(), logger: silentLogger };
  expect((await createPuller(tools).pull('x:1', options)).source).toBe('file');
  expect((await readFile(places.blob(digest))).equals(content)).toBe(true);
});

it('nor by the addition of the right one', async () => {
  await using folder = await temporaryFolder();
  const { path, content, digest, dataDir, places } = await damagedStore(folder);
  await using models = await openOfflineModels(dataDir, { runnerEntry: inject('runnerEntry'), environment: {} });
  await models.add(path, 'x:1', options);
  expect((await readFile(places.blob(digest))).equals(content)).toBe(true);
  expect(await readdir(places.partial)).toEqual([]);
});
