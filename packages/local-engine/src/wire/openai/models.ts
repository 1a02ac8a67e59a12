import type { Manifest } from '../../store/manifests.js';

/** A model in `/v1/models`. */
export function openaiModel({ name, installedAtMs }: Manifest): object {
  return { id: name, object: 'model', created: Math.floor(installedAtMs / 1_000), owned_by: 'library' };
}

/** Answer of `/v1/models`. */
export function openaiModelList(manifests: readonly Manifest[]): object {
  return { object: 'list', data: manifests.map(openaiModel) };
}
