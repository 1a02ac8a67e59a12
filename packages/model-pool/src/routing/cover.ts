import { type Choice, choose } from '../decisions/choice.js';
import type { ModelState } from '../status.js';

/** What a cover depends on; times in ms. */
export interface CoverView {
  /** The model that was routed to. */
  readonly chosen: string;
  /** Its state in memory. */
  readonly state: ModelState;
  /** Its learnt load time; `null` = nothing learnt. */
  readonly loadMs: number | null;
  /** The model of `ux` that could answer; `null` = none can that is in memory. */
  readonly cover: string | null;
  /** When its turn is expected there; `null` = nothing learnt. */
  readonly waitMs: number | null;
}

/**
 * Whether the small model answers while the chosen one is loaded: only where that has to be loaded, and where the wait for
 * the small one is not as long as the load.
 */
export function chooseCover({ chosen, state, loadMs, cover, waitMs }: CoverView): Choice {
  if (state === 'resident')
    return choose(null, cover === null ? [] : [{ option: cover, reason: `${chosen} is there` }]);
  if (cover === null) return choose(null);
  if (loadMs !== null && waitMs !== null && waitMs >= loadMs)
    return choose(null, [{ option: cover, reason: `its queue is longer than the load of ${chosen}` }]);
  return choose(cover, [{ option: chosen, reason: `${state}: it is loaded meanwhile` }]);
}
