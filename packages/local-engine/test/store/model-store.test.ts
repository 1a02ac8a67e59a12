import { createHash } from 'node:crypto';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TemporaryFolder, temporaryFolder } from '@tale/test-kit';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../src/clock.js';
import { inspectGguf } from '../../src/gguf/inspect.js';
import { openModelStore } from '../../src/store/model-store.js';
import { asDigest, placesOf } from '../../src/store/places.js';
import { writeTinyGguf } from '../../src/testing/index.js';

async function store(folder: TemporaryFolder) {
  return await openModelStore(placesOf(folder.path), { clock: systemClock, inspect: inspectGguf });
}

async function tiny(folder: TemporaryFolder) {
  const path = join(folder.path, 'source.gguf');
  await writeTinyGguf(path);
  const content = await readFile(path);
  return { content, digest: asDigest(createHash('sha256').update(content).digest('hex'))! };
}

async function installed(folder: TemporaryFolder, name = 'tiny:latest') {
  const models = await store(folder);
  const { content, digest } = await tiny(folder);
  const { file } = await models.openPartial(digest, 'file');
  await file.append(
    (async function* () {
      yield content;
    })(),
  );
  await models.adopt(file, digest);
  const manifest = await models.install({ name, digest, source: 'file', license: null, capabilities: ['completion'] });
  return { models, manifest, digest, content };
}

describe('store of models', () => {
  it('keeps everything to its owner', async () => {
    await using folder = await temporaryFolder();
    const { models, manifest, digest } = await installed(folder);
    const { places } = models;
    const mode = async (path: string) => (await stat(path)).mode & 0o777;
    for (const path of [places.blobs, places.manifests, places.partial, join(places.manifests, 'tiny')]) {
      expect(await mode(path), path).toBe(0o700);
    }
    expect(await mode(places.blob(digest))).toBe(0o600);
    expect(await mode(join(places.manifests, 'tiny', 'latest.json'))).toBe(0o600);
    expect(await models.manifests.list()).toEqual([manifest]);
  });

  it('puts a wrong file aside and never makes it a blob', async () => {
    await using folder = await temporaryFolder();
    const models = await store(folder);
    const { content, digest } = await tiny(folder);
    const { file } = await models.openPartial(digest, 'pypi');
    const wrong = Buffer.from(content);
    wrong[1_000]! ^= 1;
    await writeFile(file.path, wrong);
    await expect(models.adopt(file, digest)).rejects.toMatchObject({ code: 'hash-mismatch', retryable: false });
    expect(await readdir(models.places.blobs)).toEqual([]);
    expect(await file.size()).toBe(0);
    expect(await readdir(models.places.partial)).toContain(`sha256-${digest}.rejected`);
  });

  it('finds a blob that was changed on the disk, and puts it aside', async () => {
    await using folder = await temporaryFolder();
    const { models, manifest, digest, content } = await installed(folder);
    expect(await models.verified(manifest)).toBe(models.places.blob(digest));
    const wrong = Buffer.from(content);
    wrong[5_000]! ^= 1;
    await writeFile(models.places.blob(digest), wrong);
    await expect(models.verified(manifest)).rejects.toMatchObject({ code: 'hash-mismatch' });
    await expect(models.verified(manifest)).rejects.toMatchObject({ code: 'model-not-found' });
    expect(await models.hasBlob(digest, content.length)).toBe(false);
  });

  it('removes a blob with the last model that has it', async () => {
    await using folder = await temporaryFolder();
    const { models, manifest, digest, content } = await installed(folder);
    const other = await models.install({
      name: 'other:latest',
      digest,
      source: 'file',
      license: 'MIT',
      capabilities: [],
    });
    await models.remove(manifest);
    expect(await models.hasBlob(digest, content.length)).toBe(true);
    await models.remove(other);
    expect(await models.hasBlob(digest, content.length)).toBe(false);
    expect(await models.manifests.list()).toEqual([]);
  });

  it('takes a damaged manifest, or one with a path as digest, for none', async () => {
    await using folder = await temporaryFolder();
    const { models, manifest } = await installed(folder);
    const path = join(models.places.manifests, 'tiny', 'latest.json');
    await writeFile(path, JSON.stringify({ ...manifest, digest: '../../../etc/passwd' }));
    expect(await models.manifests.read('tiny:latest')).toBeNull();
    await writeFile(path, '{');
    expect(await models.manifests.read('tiny:latest')).toBeNull();
    expect(await models.manifests.read('../tiny:latest')).toBeNull();
    expect(asDigest('../x')).toBeNull();
  });

  it('forgets what sources left', async () => {
    await using folder = await temporaryFolder();
    const models = await store(folder);
    const { digest } = await tiny(folder);
    const { file } = await models.openPartial(digest, 'npm');
    await writeFile(file.path, 'x');
    await models.clearPartial(digest);
    expect(await readdir(models.places.partial)).toEqual([]);
  });
});
