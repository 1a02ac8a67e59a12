import { LocalEngineError } from '../../../errors.js';
import type { ModelService } from '../../../model-service.js';
import type { Manifest } from '../../../store/manifests.js';
import { invalidRequest } from '../../../wire/read-request.js';

/**
 * The loaded model of this name; without a name, the only one.
 *
 * @throws {@link LocalEngineError} `model-not-found` where it is not loaded, `invalid-request` where several are
 */
export async function findLoaded(models: ModelService, name: string | null): Promise<Manifest> {
  const ready = models.running().filter(({ status }) => status.state === 'ready');
  if (name === null) {
    const [only, ...more] = ready;
    if (!only) throw new LocalEngineError('model-not-found', 'no model is loaded');
    if (more.length > 0) throw invalidRequest('several models are loaded: name one with "model"');
    return only.manifest;
  }
  const wanted = await models.find(name);
  if (!ready.some(({ manifest }) => manifest.name === wanted.name)) {
    throw new LocalEngineError('model-not-found', `model '${name}' is not loaded`, { model: name });
  }
  return wanted;
}

/** A loaded model has context enough for what only reads tokens. */
export const anyContext = 1;
