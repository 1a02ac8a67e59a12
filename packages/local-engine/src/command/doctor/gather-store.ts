import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { createManifests } from '../../store/manifests.js';
import type { Places } from '../../store/places.js';
import type { StoreFacts } from './facts.js';

/** What a store holds, by names and sizes: an engine may be at work in it. */
export async function gatherStore(places: Places): Promise<StoreFacts> {
  const manifests = await createManifests(places).list();
  const [blobs, partial] = await Promise.all([sizesOf(places.blobs), sizesOf(places.partial)]);
  const used = new Map(manifests.map(({ digest, bytes }) => [places.blob(digest), bytes]));
  const isRejected = (path: string) => path.endsWith('.rejected');
  return {
    models: manifests.length,
    bytes: [...used.values()].reduce((sum, bytes) => sum + bytes, 0),
    damaged: manifests.filter(({ digest, bytes }) => blobs.get(places.blob(digest)) !== bytes).map(({ name }) => name),
    unused: [...blobs.keys()].filter((path) => !used.has(path)),
    unfinishedBytes: [...partial].reduce((sum, [path, bytes]) => sum + (isRejected(path) ? 0 : bytes), 0),
    rejected: [...partial.keys()].filter(isRejected),
  };
}

async function sizesOf(folder: string): Promise<Map<string, number>> {
  const sizes = new Map<string, number>();
  for (const name of await readdir(folder).catch(() => [])) {
    const stats = await stat(join(folder, name)).catch(() => null);
    if (stats?.isFile()) sizes.set(join(folder, name), stats.size);
  }
  return sizes;
}
