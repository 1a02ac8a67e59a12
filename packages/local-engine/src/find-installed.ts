import type { Catalog } from './catalog/catalog.js';
import { parseModelName } from './catalog/model-name.js';
import { LocalEngineError } from './errors.js';
import type { Manifest, Manifests } from './store/manifests.js';

/** The installed model that a name or alias stands for. @throws {@link LocalEngineError} `invalid-request`, `model-not-found` */
export async function findInstalled(name: string, manifests: Manifests, catalog: Catalog): Promise<Manifest> {
  const manifest =
    (await manifests.read(parseModelName(name))) ?? (await manifests.read(catalog.find(name)?.name ?? ''));
  if (manifest) return manifest;
  throw new LocalEngineError('model-not-found', `model '${name}' not found`, { model: name });
}
