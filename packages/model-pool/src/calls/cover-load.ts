import { ModelPoolError } from '../errors.js';
import type { ModelRuntime } from '../residency/runtime.js';
import type { CoverView } from '../routing/cover.js';
import type { Cover } from './attempt.js';
import type { CheckedRequest } from './checked-request.js';
import type { PoolParts } from './pool-parts.js';
import type { Stop } from './stop.js';

/** What a cover depends on now. */
export function coverView(
  { lanes, configuration }: Pick<PoolParts, 'lanes' | 'configuration'>,
  { role, lane }: CheckedRequest,
  { name, state, facts }: ModelRuntime,
  cover: string | null,
): CoverView {
  // The call keeps its own lane: somebody who talks to the small model is not to wait for it.
  const own = lane ?? configuration.roles.get(role)?.lane ?? 'planning';
  const waitMs = cover === null ? null : lanes.scheduler.etaMs(cover, own);
  return { chosen: name, state, loadMs: facts.loads.quantile(0.5), cover, waitMs };
}

/** What a load behind a cover is made of. */
export interface LoadBehindOptions {
  /** The pool. */
  readonly parts: Pick<PoolParts, 'closing'>;
  /** Ends the call. */
  readonly stop: Stop;
  /** Who is loaded. */
  readonly runtime: ModelRuntime;
  /** Who answers meanwhile. */
  readonly small: ModelRuntime;
}

/**
 * Begins to load a model behind the answer of another one. The load goes on when the answer is over, and is let go where the
 * call is ended or the pool closes: it then ends, unless somebody else waits for it.
 */
export function loadBehind(
  { parts, stop, runtime, small }: LoadBehindOptions,
  onFailure: (error: ModelPoolError) => void,
): Cover {
  const cover: Cover = { by: small.name, from: runtime.name, hasFailed: false };
  const { signal, release } = stop.signal();
  runtime
    .ensureReady(AbortSignal.any([signal, parts.closing]))
    .catch((error: unknown) => {
      if (!ModelPoolError.isInstance(error) || error === stop.reason) return;
      cover.hasFailed = true;
      onFailure(error);
    })
    .finally(release);
  return cover;
}
