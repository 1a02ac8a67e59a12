import { chmod, mkdir } from 'node:fs/promises';
import { join } from 'node:path';

declare const digest: unique symbol;

/** The hex SHA-256 of a file. Only values of this type become part of a path. */
export type Digest = string & { readonly [digest]: true };

/** The text as a digest, or `null`. */
export function asDigest(text: string): Digest | null {
  return /^[a-f0-9]{64}$/.test(text) ? (text as Digest) : null;
}

/** Where things are below a data directory. */
export interface Places {
  readonly root: string;
  readonly lock: string;
  readonly catalog: string;
  readonly blobs: string;
  readonly manifests: string;
  readonly partial: string;
  /** Which large blobs were found right. */ readonly checked: string;
  blob(digest: Digest): string;
}

/** The paths; nothing is made. */
export function placesOf(dataDir: string): Places {
  const models = join(dataDir, 'models');
  return {
    root: dataDir,
    lock: join(dataDir, 'engine.lock'),
    catalog: join(dataDir, 'catalog.json'),
    blobs: join(models, 'blobs'),
    manifests: join(models, 'manifests'),
    partial: join(models, 'partial'),
    checked: join(models, 'checked.json'),
    blob: (hex) => join(models, 'blobs', `sha256-${hex}`),
  };
}

/** Makes the folders, closed to others. */
export async function makePlaces(places: Places): Promise<void> {
  const make = async (path: string) => {
    await mkdir(path, { recursive: true, mode: 0o700 });
    await chmod(path, 0o700);
  };
  await make(places.root);
  await Promise.all([places.blobs, places.manifests, places.partial].map(make));
}
