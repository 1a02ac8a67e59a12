import type { Manifest } from '../../../store/manifests.js';
import { type CallWishes, toCallOptions } from '../../call-wishes.js';
import type { RouteParts, RouteRequest } from '../../route.js';

/**
 * A call without a prompt: loads the model, or unloads it where `keep_alive` is 0.
 *
 * @returns which of both
 */
export async function changeResidency(
  manifest: Manifest,
  wishes: CallWishes,
  request: RouteRequest,
  { models }: RouteParts,
): Promise<'load' | 'unload'> {
  const runner = models.runner(manifest);
  if (wishes.keepAliveMs === 0) {
    await runner.unload();
    return 'unload';
  }
  await runner.load(toCallOptions(wishes, manifest, request, models));
  return 'load';
}
