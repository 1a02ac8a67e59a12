import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryFolder } from '@tale/test-kit';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { systemClock } from '../../src/clock.js';
import type { SourceDriver } from '../../src/index.js';
import { fetchModel } from '../../src/pull/fetch-model.js';
import { inspectFile } from '../../src/runner/inspect-file.js';
import { systemDisk } from '../../src/store/disk.js';
import { openModelStore } from '../../src/store/model-store.js';
import { placesOf } from '../../src/store/places.js';
import { fakeRunners, fileEntry } from '../../src/testing/index.js';

const bytes = 3_000;
const flip = fc.record({ at: fc.nat(bytes - 1), bit: fc.nat(7) });

it('ENGINE-7: a file with one flipped bit is never installed, whichever it is', async () => {
  await using folder = await temporaryFolder();
  const inspect = (file: string) => inspectFile({ spawn: fakeRunners().spawn, entry: '', clock: systemClock }, file);
  const path = join(folder.path, 'x.gguf');
  await writeFile(path, Buffer.from(Array.from({ length: bytes }, (_, at) => (at * 31) % 256)));
  const right = await readFile(path);
  const entry = await fileEntry('x:1', path);
  const places = placesOf(join(folder.path, 'data'));
  const store = await openModelStore(places, { clock: systemClock, inspect });
  const signal = new AbortController().signal;
  const fetchFrom = (content: Buffer) => {
    const driver: SourceDriver = { kind: 'file', fetch: (_, { file }) => writeFile(file.path, content) };
    return fetchModel(entry, { store, drivers: [driver], disk: systemDisk }, signal, () => {});
  };
  await fc.assert(
    fc.asyncProperty(flip, async ({ at, bit }) => {
      const wrong = Buffer.from(right);
      wrong[at]! ^= 1 << bit;
      await expect(fetchFrom(wrong)).rejects.toMatchObject({ code: 'hash-mismatch' });
      expect(await readdir(places.blobs)).toEqual([]);
    }),
    { numRuns: 500 },
  );

  expect(await fetchFrom(right)).toBe('file');
  const [blob = ''] = await readdir(places.blobs);
  const manifest = await store.install({
    ...{ name: 'x:1', digest: entry.sha256 as never, source: 'file', license: null, capabilities: [] },
  });
  await fc.assert(
    fc.asyncProperty(flip, async ({ at, bit }) => {
      const wrong = Buffer.from(right);
      wrong[at]! ^= 1 << bit;
      await writeFile(join(places.blobs, blob), wrong);
      await expect(store.verified(manifest)).rejects.toMatchObject({ code: 'hash-mismatch' });
      expect(await readdir(places.blobs)).toEqual([]);
      await writeFile(join(places.blobs, blob), right);
      await store.verified(manifest);
    }),
    { numRuns: 100 },
  );
});
