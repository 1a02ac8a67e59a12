import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { LocalEngineError } from '../errors.js';
import { deriveCapabilities } from '../gguf/capabilities.js';
import type { GgufFacts } from '../runner/protocol.js';
import type { Clock, ModelSourceKind, PartialFile } from '../types.js';
import { openCheckedFiles } from './checked-files.js';
import { hashFile } from './file-hash.js';
import { type FileStamp, stampedBytes, stampOf } from './file-stamp.js';
import { createManifests, type Manifest, type Manifests } from './manifests.js';
import { oneAtATime } from './one-at-a-time.js';
import { partialFile } from './partial-file.js';
import { type Digest, makePlaces, type Places } from './places.js';

/** What a blob is installed as. */
export interface InstallFacts {
  readonly name: string;
  readonly digest: Digest;
  readonly source: string;
  readonly license: string | null;
  /** `null` = as the file's header says. */ readonly capabilities: readonly string[] | null;
}

/** The models on the disk. Blobs appear whole and verified, or not at all; a manifest is written after its blob. */
export interface ModelStore {
  readonly places: Places;
  readonly manifests: Manifests;
  /** Whether a blob of this size is there. */
  hasBlob(digest: Digest, bytes: number): Promise<boolean>;
  /** The same after its hash was checked; a wrong one is put aside. */
  hasRightBlob(digest: Digest, bytes: number, signal?: AbortSignal): Promise<boolean>;
  /** The growing file of one source, and a folder for what it needs meanwhile. */
  openPartial(digest: Digest, kind: string): Promise<{ file: PartialFile; workDirectory: string }>;
  /** Verifies a whole partial file and makes it the blob; a wrong one is put aside. @throws `hash-mismatch` */
  adopt(file: PartialFile, digest: Digest, signal?: AbortSignal): Promise<void>;
  /**
   * Reads the header of a blob and writes its manifest. A blob that is no usable model is removed again, as is the one that had the
   * name before, where no other model has it.
   *
   * @throws `invalid-gguf`; `pull-failed` where the blob was removed in the meantime; the signal's reason
   */
  install(facts: InstallFacts, signal?: AbortSignal): Promise<Manifest>;
  /**
   * Path of a model's blob after its hash was checked: each time, and above {@link StoreParts.fullCheckBytes} when the file looks
   * other than it did when it was last found right, also in an earlier process.
   *
   * @throws `hash-mismatch`, `model-not-found`
   */
  verified(manifest: Manifest, signal?: AbortSignal): Promise<string>;
  /** Checks the hash of a model's blob, whatever is known of it; a wrong one is put aside. @throws as {@link verified} */
  verify(manifest: Manifest, signal?: AbortSignal): Promise<void>;
  /** Removes a model; when no other model has its blob, that as well, and what was put aside or left half of it. */
  remove(manifest: Manifest): Promise<void>;
  /** Removes what sources left of a digest, and what was put aside. @param kinds everything, unless given */
  clearPartial(digest: Digest, kinds?: readonly PartialKind[]): Promise<void>;
}

/** What a file that is no blob is left by: a source, or a check that refused it. */
export type PartialKind = ModelSourceKind | 'rejected';

const partialKinds: readonly PartialKind[] = ['file', 'huggingface', 'pypi', 'npm', 'rejected'];

/** What a store works with. */
export interface StoreParts {
  readonly clock: Clock;
  /** Reads the header of a GGUF file, in another process. */
  inspect(path: string, signal?: AbortSignal): Promise<GgufFacts>;
  /** Files above this size are not read before every load. @defaultValue 1e9, which takes about a second */
  readonly fullCheckBytes?: number;
}

/** The store below `places`, whose lock is held; makes the folders and removes what a process left that died. */
export async function openModelStore(places: Places, parts: StoreParts): Promise<ModelStore> {
  const { clock, inspect, fullCheckBytes = 1_000_000_000 } = parts;
  await makePlaces(places);
  const manifests = createManifests(places);
  await manifests.sweep();
  await sweepWork(places);
  const checked = await openCheckedFiles(places.checked);
  const exclusively = oneAtATime(); // by digest: a blob is not removed while it gets another name

  const partialPath = (digest: Digest, suffix: string) => join(places.partial, `sha256-${digest}.${suffix}`);
  const putAside = async (path: string, digest: Digest) => {
    await rename(path, partialPath(digest, 'rejected'));
    await checked.forget(digest);
  };
  const refuse = async (path: string, digest: Digest, what: string): Promise<never> => {
    await putAside(path, digest);
    throw new LocalEngineError('hash-mismatch', `${what} has another SHA-256 than ${digest}; it was put aside`);
  };
  const rememberLarge = async (digest: Digest, stamp: FileStamp) => {
    if (stampedBytes(stamp) > fullCheckBytes) await checked.remember(digest, stamp);
  };
  const stampOfBlob = ({ digest, name }: Manifest) =>
    stampOf(places.blob(digest)).catch(() => {
      throw new LocalEngineError('model-not-found', `model '${name}' not found: its file is missing, pull it again`, {
        model: name,
      });
    });
  const hasBlob = (digest: Digest, bytes: number) =>
    stat(places.blob(digest)).then(
      ({ size }) => size === bytes,
      () => false,
    );
  const clearPartial = async (digest: Digest, kinds: readonly PartialKind[]) => {
    for (const kind of kinds) {
      await rm(partialPath(digest, kind), { force: true });
      await rm(partialPath(digest, `${kind}${work}`), { recursive: true, force: true });
    }
  };
  /** Those that nobody fetches with now: whoever does has a folder for it. */
  const idleKinds = async (digest: Digest) => {
    const names = await readdir(places.partial);
    return partialKinds.filter((kind) => !names.includes(basename(partialPath(digest, `${kind}${work}`))));
  };
  const removeUnused = async (digest: Digest) => {
    const installed = await manifests.list();
    if (installed.some((manifest) => manifest.digest === digest)) return;
    await rm(places.blob(digest), { force: true });
    await checked.forget(digest);
    await clearPartial(digest, await idleKinds(digest));
  };
  const verify = async (manifest: Manifest, signal?: AbortSignal) => {
    const { digest, name } = manifest;
    const stamp = await stampOfBlob(manifest);
    const path = places.blob(digest);
    if ((await hashFile(path, signal)) !== digest) await refuse(path, digest, `the file of ${name}`);
    await rememberLarge(digest, stamp);
  };

  const install = async (
    { name, digest, source, license, capabilities }: InstallFacts,
    signal: AbortSignal | undefined,
  ): Promise<Manifest> => {
    const path = places.blob(digest);
    const { size: bytes } = await stat(path).catch((cause: unknown) => {
      throw new LocalEngineError('pull-failed', `the file of ${name} was removed`, {
        ...{ model: name, retryable: true, cause },
      });
    });
    const gguf = await inspect(path, signal).catch(async (error: unknown) => {
      if ((error as { code?: unknown }).code === 'invalid-gguf') await removeUnused(digest);
      throw error;
    });
    const manifest: Manifest = {
      ...{ format: 'tale.model/1', name, digest, bytes, installedAtMs: clock.now(), source, license },
      ...{ capabilities: [...(capabilities ?? deriveCapabilities(gguf))], gguf },
    };
    await manifests.write(manifest);
    return manifest;
  };

  return {
    places,
    manifests,
    hasBlob,
    async hasRightBlob(digest, bytes, signal) {
      if (!(await hasBlob(digest, bytes))) return false;
      const path = places.blob(digest);
      if ((await hashFile(path, signal)) === digest) return true;
      await putAside(path, digest);
      return false;
    },
    async openPartial(digest, kind) {
      const workDirectory = partialPath(digest, `${kind}${work}`);
      await rm(workDirectory, { recursive: true, force: true });
      await mkdir(workDirectory, { recursive: true, mode: 0o700 });
      return { file: partialFile(partialPath(digest, kind)), workDirectory };
    },
    async adopt(file, digest, signal) {
      if ((await hashFile(file.path, signal)) !== digest) await refuse(file.path, digest, 'the fetched file');
      await rename(file.path, places.blob(digest));
      await rememberLarge(digest, await stampOf(places.blob(digest)));
    },
    async install(facts, signal) {
      const { before, manifest } = await exclusively(facts.digest, async () => ({
        before: await manifests.read(facts.name),
        manifest: await install(facts, signal),
      }));
      if (before && before.digest !== facts.digest) {
        await exclusively(before.digest, () => removeUnused(before.digest));
      }
      return manifest;
    },
    async verified(manifest, signal) {
      const stamp = await stampOfBlob(manifest);
      const isKnown = stampedBytes(stamp) > fullCheckBytes && checked.stampOf(manifest.digest) === stamp;
      if (!isKnown) await verify(manifest, signal);
      return places.blob(manifest.digest);
    },
    verify,
    remove: (manifest) =>
      exclusively(manifest.digest, async () => {
        await manifests.remove(manifest.name);
        await removeUnused(manifest.digest);
      }),
    clearPartial: (digest, kinds = partialKinds) => clearPartial(digest, kinds),
  };
}

const work = '.work';

async function sweepWork(places: Places): Promise<void> {
  for (const name of await readdir(places.partial)) {
    if (name.endsWith(work)) await rm(join(places.partial, name), { recursive: true, force: true, maxRetries: 3 });
  }
}
