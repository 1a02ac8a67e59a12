import { createHash } from 'node:crypto';
import { readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TemporaryFolder, temporaryFolder } from '@tale/test-kit';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../src/clock.js';
import { inspectGguf } from '../../src/gguf/inspect.js';
import { stampOf } from '../../src/store/file-stamp.js';
import { openModelStore, type StoreParts } from '../../src/store/model-store.js';
import { asDigest, placesOf } from '../../src/store/places.js';
import { writeTinyGguf } from '../../src/testing/index.js';

async function store(folder: TemporaryFolder, parts: Partial<StoreParts> = {}) {
  return await openModelStore(placesOf(folder.path), { clock: systemClock, inspect: inspectGguf, ...parts });
}

async function tiny(folder: TemporaryFolder) {
  const path = join(folder.path, 'source.gguf');
  await writeTinyGguf(path);
  const content = await readFile(path);
  return { content, digest: asDigest(createHash('sha256').update(content).digest('hex'))! };
}

async function installed(folder: TemporaryFolder, parts: Partial<StoreParts> = {}, name = 'tiny:latest') {
  const models = await store(folder, parts);
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

  it('removes with a model what sources left of it, but not what one is fetching', async () => {
    await using folder = await temporaryFolder();
    const { models, manifest, digest } = await installed(folder);
    const { places } = models;
    await rm(join(places.partial, `sha256-${digest}.file.work`), { recursive: true }); // as a fetch ends
    for (const kind of ['rejected', 'file']) await writeFile(join(places.partial, `sha256-${digest}.${kind}`), 'x');
    const { file } = await models.openPartial(digest, 'npm');
    await writeFile(file.path, 'x');
    await models.remove(manifest);
    expect((await readdir(places.partial)).sort()).toEqual([`sha256-${digest}.npm`, `sha256-${digest}.npm.work`]);
  });

  it('does not read a large file again before each load, unless it looks other than it did', async () => {
    await using folder = await temporaryFolder();
    const large = { fullCheckBytes: 1_000 };
    const { models, manifest, digest, content } = await installed(folder, large);
    const path = models.places.blob(digest);
    const { atime, mtime } = await stat(path);
    expect(JSON.parse(await readFile(models.places.checked, 'utf8'))).toEqual({ [digest]: await stampOf(path) });
    expect((await stat(models.places.checked)).mode & 0o777).toBe(0o600);
    expect(await (await store(folder, large)).verified(manifest)).toBe(path);
    const wrong = Buffer.from(content);
    wrong[5_000]! ^= 1;
    await writeFile(path, wrong);
    await utimes(path, atime, mtime); // as a program does that puts another file back
    const again = await store(folder, large);
    await expect(again.verified(manifest)).rejects.toMatchObject({ code: 'hash-mismatch' });
    expect(JSON.parse(await readFile(models.places.checked, 'utf8'))).toEqual({});
  });

  it('reads a whole file when it is told to, whatever is known of it', async () => {
    await using folder = await temporaryFolder();
    const { models, manifest, digest } = await installed(folder, { fullCheckBytes: 1_000 });
    const stamp = await stampOf(models.places.blob(digest));
    await models.verify(manifest);
    const content = await readFile(models.places.blob(digest));
    content[5_000]! ^= 1;
    await writeFile(models.places.blob(digest), content);
    const forged = { [digest]: await stampOf(models.places.blob(digest)) };
    expect(forged[digest]).not.toBe(stamp);
    await writeFile(models.places.checked, JSON.stringify(forged));
    const deceived = await store(folder, { fullCheckBytes: 1_000 });
    expect(await deceived.verified(manifest)).toBe(models.places.blob(digest));
    await expect(deceived.verify(manifest)).rejects.toMatchObject({ code: 'hash-mismatch' });
    await expect(deceived.verify(manifest)).rejects.toMatchObject({ code: 'model-not-found' });
  });

  it('begins anew where what it remembers is damaged', async () => {
    await using folder = await temporaryFolder();
    const { models, manifest } = await installed(folder, { fullCheckBytes: 1_000 });
    await writeFile(models.places.checked, '{');
    const again = await store(folder, { fullCheckBytes: 1_000 });
    expect(await again.verified(manifest)).toBe(models.places.blob(manifest.digest));
    expect(JSON.parse(await readFile(models.places.checked, 'utf8'))).toHaveProperty(manifest.digest);
  });

  it('removes what a process left that died', async () => {
    await using folder = await temporaryFolder();
    const { models, digest } = await installed(folder);
    const manifests = join(models.places.manifests, 'tiny');
    await writeFile(join(manifests, 'latest.json.new'), '{');
    await models.openPartial(digest, 'npm');
    expect(await readdir(models.places.partial)).toContain(`sha256-${digest}.npm.work`);
    await store(folder);
    expect(await readdir(manifests)).toEqual(['latest.json']);
    expect(await readdir(models.places.partial)).toEqual([]);
  });

  it('keeps no file that is no usable model, unless another model has it', async () => {
    await using folder = await temporaryFolder();
    const invalid = Object.assign(new Error('no GGUF'), { code: 'invalid-gguf' });
    const inspect = () => Promise.reject(invalid);
    await expect(installed(folder, { inspect })).rejects.toBe(invalid);
    const { models, digest, content, manifest } = await installed(folder);
    expect(await models.hasBlob(digest, content.length)).toBe(true);
    const broken = await store(folder, { inspect });
    const facts = { name: 'other:1', digest, source: 'file', license: null, capabilities: null };
    await expect(broken.install(facts)).rejects.toBe(invalid);
    expect(await models.hasBlob(digest, content.length)).toBe(true);
    await models.remove(manifest);
    await expect(models.install(facts)).rejects.toMatchObject({ code: 'pull-failed', retryable: true });
  });

  it('removes the file that a name had before', async () => {
    await using folder = await temporaryFolder();
    const { models, manifest, digest } = await installed(folder);
    await writeTinyGguf(join(folder.path, 'other.gguf'), { sentence: 'another one.' });
    const content = await readFile(join(folder.path, 'other.gguf'));
    const other = asDigest(createHash('sha256').update(content).digest('hex'))!;
    await writeFile(models.places.blob(other), content);
    await models.install({ name: manifest.name, digest: other, source: 'file', license: null, capabilities: null });
    expect(await readdir(models.places.blobs)).toEqual([`sha256-${other}`]);
    expect(digest).not.toBe(other);
  });

  it('does not remove a file while it gets another name', async () => {
    await using folder = await temporaryFolder();
    const { manifest, digest, content } = await installed(folder);
    let go = () => {};
    const waits = new Promise<void>((resolve) => {
      go = resolve;
    });
    const models = await store(folder, {
      async inspect(path) {
        await waits;
        return inspectGguf(path);
      },
    });
    const facts = { digest, source: 'file', license: null, capabilities: null };
    const installing = models.install({ name: 'second:1', ...facts });
    const removing = models.remove(manifest);
    go();
    await Promise.all([installing, removing]);
    expect(await models.hasBlob(digest, content.length)).toBe(true);
    expect((await models.manifests.list()).map(({ name }) => name)).toEqual(['second:1']);
  });

  it('makes no path of what is no name', async () => {
    await using folder = await temporaryFolder();
    const { models, manifest } = await installed(folder);
    for (const name of ['../x:1', 'a/b:1', 'x', 'a:..']) {
      await expect(models.manifests.write({ ...manifest, name }), name).rejects.toThrow(TypeError);
      await expect(models.manifests.remove(name), name).rejects.toThrow(TypeError);
    }
  });
});
