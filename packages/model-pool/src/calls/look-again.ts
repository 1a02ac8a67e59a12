import type { BackendMonitor } from '../health/backend-monitor.js';
import type { RouteView } from '../routing/candidates.js';
import { chooseRoute } from '../routing/choose-route.js';
import { waitFor } from '../waiting/wait-for.js';
import type { PoolParts } from './pool-parts.js';
import type { Stop } from './stop.js';

/**
 * The servers to ask whether they have a model of a call by now that they did not have: where nothing else can answer the call,
 * and in a pool that was not started, whose servers nobody else looks at.
 */
export function findOutdated(
  { loop, runtimes, monitors }: Pick<PoolParts, 'loop' | 'runtimes' | 'monitors'>,
  view: RouteView,
): readonly BackendMonitor[] {
  const missing = view.candidates.filter(({ isInstalled }) => isInstalled === false);
  if (missing.length === 0 || (loop.isStarted && chooseRoute(view).chosen !== null)) return [];
  const names = new Set(missing.map(({ name }) => runtimes.get(name)?.backend.name));
  return [...monitors.values()].filter(({ backend }) => names.has(backend.name));
}

/** Asks servers for their models. One that does not answer has them as little as before. @throws ModelPoolError the reason, where the call ends meanwhile */
export async function lookAgain(monitors: readonly BackendMonitor[], stop: Stop): Promise<void> {
  stop.check();
  const { signal, release } = stop.signal();
  const looks = monitors.map((monitor) => {
    monitor.forgetList();
    return monitor.look(signal);
  });
  await waitFor(Promise.allSettled(looks), signal).finally(release);
}
