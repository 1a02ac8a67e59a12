import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryFolder } from '@tale/test-kit';
import { expect, it } from 'vitest';
import { createCatalog } from '../src/catalog/catalog.js';
import { systemClock } from '../src/clock.js';
import { inspectGguf } from '../src/gguf/inspect.js';
import { openSeenMemory } from '../src/memory/seen.js';
import { createModelService } from '../src/model-service.js';
import { createModelRunners } from '../src/runner/model-runners.js';
import { openModelStore } from '../src/store/model-store.js';
import { asDigest, placesOf } from '../src/store/places.js';
import { fakeRunners, fileEntry, writeTinyGguf } from '../src/testing/index.js';

/** A service with the model `tiny:v1`, whose file takes tools and thinks. */
async function serviceOf(folder: string, options: { capabilities: string[] | null; entryCapabilities?: string[] }) {
  const path = join(folder, 'tiny.gguf');
  await writeTinyGguf(path, { tools: true, thinking: 'words come slowly' });
  const content = await readFile(path);
  const digest = asDigest(createHash('sha256').update(content).digest('hex'))!;
  const clock = systemClock;
  const logger = { debug() {}, info() {}, warn() {}, error() {} };
  const store = await openModelStore(placesOf(join(folder, 'data')), { clock, inspect: inspectGguf });
  const { file } = await store.openPartial(digest, 'file');
  await file.append(
    (async function* () {
      yield content;
    })(),
  );
  await store.adopt(file, digest);
  await store.install({ name: 'tiny:v1', digest, source: 'file', license: null, capabilities: options.capabilities });
  const { entryCapabilities } = options;
  const entries = entryCapabilities
    ? [{ ...(await fileEntry('tiny:v1', path, entryCapabilities)), aliases: ['small'] }]
    : [];
  const catalog = createCatalog(entries);
  const runners = createModelRunners({
    ...{ store, spawn: fakeRunners().spawn, runnerEntry: 'entry', runtimeDir: 'runtime', threads: 1 },
    ...{ areThreadsFixed: false, slots: 1, usesGpu: false, keepAliveMs: 300_000, clock, logger },
    memory: { availableBytes: async () => 2 ** 40 },
    seenMemory: await openSeenMemory(join(folder, 'memory.json')),
  });
  return createModelService({ store, catalog, runners, contextTokens: 4_096 });
}

it('a model that came from a file can do what its header says', async () => {
  await using folder = await temporaryFolder();
  const service = await serviceOf(folder.path, { capabilities: null });
  expect(service.capabilities(await service.find('tiny:v1'))).toEqual(['completion', 'tools', 'thinking']);
});

it('else it can do what its manifest says', async () => {
  await using folder = await temporaryFolder();
  const service = await serviceOf(folder.path, { capabilities: ['completion'] });
  expect(service.capabilities(await service.find('tiny:v1'))).toEqual(['completion']);
});

it('the catalogue knows better, as long as the file is the same', async () => {
  await using folder = await temporaryFolder();
  const service = await serviceOf(folder.path, {
    capabilities: ['completion'],
    entryCapabilities: ['completion', 'tools'],
  });
  const manifest = await service.find('small');
  expect(manifest.name).toBe('tiny:v1');
  expect(service.capabilities(manifest)).toEqual(['completion', 'tools']);
  expect(service.capabilities({ ...manifest, digest: asDigest('0'.repeat(64))! })).toEqual(['completion']);
});

it('a context is what is asked for, at most what the model was trained for', async () => {
  await using folder = await temporaryFolder();
  const service = await serviceOf(folder.path, { capabilities: null });
  const manifest = await service.find('tiny:v1');
  expect([service.contextTokens(manifest, 512), service.contextTokens(manifest, 99_999)]).toEqual([512, 2_048]);
  expect(service.contextTokens(manifest, null)).toBe(2_048);
});

it('a model that is removed is not loaded again by a call that comes meanwhile', async () => {
  await using folder = await temporaryFolder();
  const service = await serviceOf(folder.path, { capabilities: null });
  const manifest = await service.find('tiny:v1');
  const wish = { signal: new AbortController().signal, priority: 5, keepAliveMs: null, contextTokens: 512 };
  await service.runner(manifest).load(wish);
  const removed = service.remove('tiny:v1');
  while (service.running().length > 0) await new Promise(setImmediate);
  const loaded = service.runner(manifest).load(wish); // found before it was removed
  await Promise.allSettled([removed, loaded]);
  expect(service.running()).toEqual([]);
});

it.each([
  ['unknown', 'model-not-found'],
  ['tiny:v2', 'model-not-found'],
  ['../tiny', 'invalid-request'],
  ['', 'invalid-request'],
])('%j is %s', async (name, code) => {
  await using folder = await temporaryFolder();
  const service = await serviceOf(folder.path, { capabilities: null });
  await expect(service.find(name)).rejects.toMatchObject({ code });
});
