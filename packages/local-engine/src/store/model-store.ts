import { mkdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { LocalEngineError } from '../errors.js';
import type { GgufFacts } from '../runner/protocol.js';
import type { Clock, PartialFile } from '../types.js';
import { hashFile } from './file-hash.js';
import { createManifests, type Manifest, type Manifests } from './manifests.js';
import { partialFile } from './partial-file.js';
import { type Digest, makePlaces, type Places } from './places.js';

/** What a blob is installed as. */
export interface InstallFacts {
  readonly name: string;
  readonly digest: Digest;
  readonly source: string;
  readonly license: string | null;
  readonly capabilities: readonly string[];
}

/** The models on the disk. Blobs appear whole and verified, or not at all; a manifest is written after its blob. */
export interface ModelStore {
  readonly places: Places;
  readonly manifests: Manifests;
  /** Whether a blob of this size is there. */
  hasBlob(digest: Digest, bytes: number): Promise<boolean>;
  /** The growing file of one source, and a folder for what it needs meanwhile. */
  openPartial(digest: Digest, kind: string): Promise<{ file: PartialFile; workDirectory: string }>;
  /** Verifies a whole partial file and makes it the blob; a wrong one is put aside. @throws `hash-mismatch` */
  adopt(file: PartialFile, digest: Digest, signal?: AbortSignal): Promise<void>;
  /** Reads the header of a blob and writes its manifest. @throws `invalid-gguf` */
  install(facts: InstallFacts): Promise<Manifest>;
  /** Path of a model's blob after its hash was checked: once per process, and again when the file changed. @throws `hash-mismatch`, `model-not-found` */
  verified(manifest: Manifest, signal?: AbortSignal): Promise<string>;
  /** Removes a model, and its blob when no other model has it. */
  remove(manifest: Manifest): Promise<void>;
  /** Removes what sources left of a digest. */
  clearPartial(digest: Digest): Promise<void>;
}

/** The store below `places`; makes the folders. `inspect` reads the header of a GGUF file, in another process. */
export async function openModelStore(
  places: Places,
  { clock, inspect }: { clock: Clock; inspect(path: string): Promise<GgufFacts> },
): Promise<ModelStore> {
  await makePlaces(places);
  const manifests = createManifests(places);
  const checked = new Map<Digest, string>(); // digest → stamp of the file when its hash was right

  const partialPath = (digest: Digest, suffix: string) => join(places.partial, `sha256-${digest}.${suffix}`);
  const stampOf = async (path: string) => {
    const { size, mtimeMs, ino } = await stat(path);
    return `${size} ${mtimeMs} ${ino}`;
  };
  const putAside = async (path: string, digest: Digest, what: string): Promise<never> => {
    await rename(path, partialPath(digest, 'rejected'));
    throw new LocalEngineError('hash-mismatch', `${what} has another SHA-256 than ${digest}; it was put aside`);
  };

  return {
    places,
    manifests,
    async hasBlob(digest, bytes) {
      return stat(places.blob(digest)).then(
        (stats) => stats.size === bytes,
        () => false,
      );
    },
    async openPartial(digest, kind) {
      const workDirectory = partialPath(digest, `${kind}.work`);
      await rm(workDirectory, { recursive: true, force: true });
      await mkdir(workDirectory, { recursive: true, mode: 0o700 });
      return { file: partialFile(partialPath(digest, kind)), workDirectory };
    },
    async adopt(file, digest, signal) {
      if ((await hashFile(file.path, signal)) !== digest) await putAside(file.path, digest, 'the fetched file');
      await rename(file.path, places.blob(digest));
      checked.set(digest, await stampOf(places.blob(digest)));
    },
    async install({ name, digest, source, license, capabilities }) {
      const path = places.blob(digest);
      const manifest: Manifest = {
        format: 'tale.model/1',
        name,
        digest,
        bytes: (await stat(path)).size,
        installedAtMs: clock.now(),
        source,
        license,
        capabilities: [...capabilities],
        gguf: await inspect(path),
      };
      await manifests.write(manifest);
      return manifest;
    },
    async verified({ digest, name }, signal) {
      const path = places.blob(digest);
      const stamp = await stampOf(path).catch(() => {
        throw new LocalEngineError('model-not-found', `model '${name}' not found: its file is missing, pull it again`, {
          model: name,
        });
      });
      if (checked.get(digest) === stamp) return path;
      if ((await hashFile(path, signal)) !== digest) await putAside(path, digest, `the file of ${name}`);
      checked.set(digest, stamp);
      return path;
    },
    async remove(manifest) {
      await manifests.remove(manifest.name);
      const others = await manifests.list();
      if (!others.some((other) => other.digest === manifest.digest)) {
        await rm(places.blob(manifest.digest), { force: true });
        checked.delete(manifest.digest);
      }
    },
    async clearPartial(digest) {
      for (const kind of ['file', 'huggingface', 'pypi', 'npm']) {
        await rm(partialPath(digest, kind), { force: true });
        await rm(partialPath(digest, `${kind}.work`), { recursive: true, force: true });
      }
    },
  };
}
