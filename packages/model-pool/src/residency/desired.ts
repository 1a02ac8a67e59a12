import type { ModelState } from '../status.js';

/** A model that its role, or a pin, wants in memory. */
export interface ResidentView {
  /** Name in the configuration. */
  readonly name: string;
  /** State in memory. */
  readonly state: ModelState;
  /** Whether its server has it; `null` = not known. */
  readonly isInstalled: boolean | null;
  /** Whether its server answers. */
  readonly isBackendUp: boolean;
  /** How long it is not loaded again, ms. */
  readonly restMs: number;
  /** When its server takes it out, from now, ms; `null` = not known. */
  readonly expiresInMs: number | null;
}

/** What to do for a model. */
export interface ResidencyAction {
  /** Name in the configuration. */
  readonly name: string;
  /** `preload` = load it; `touch` = ask its server to keep it. */
  readonly action: 'preload' | 'touch';
}

/** A stay that ends sooner is renewed, ms. */
const touchMs = 60_000;

/**
 * What residency asks for. Each group holds the candidates of one role in their order: the first that can be loaded is the
 * one to be in memory.
 */
export function chooseResidency(groups: readonly (readonly ResidentView[])[]): ResidencyAction[] {
  const actions = new Map<string, ResidencyAction>();
  for (const group of groups) {
    const model = group.find(
      ({ state, isInstalled, isBackendUp, restMs }) =>
        isBackendUp && isInstalled !== false && (restMs === 0 || state === 'resident'),
    );
    if (model === undefined) continue;
    const { name, state, expiresInMs } = model;
    if (state === 'absent' || state === 'failed') actions.set(name, { name, action: 'preload' });
    else if (state === 'resident' && expiresInMs !== null && expiresInMs < touchMs)
      actions.set(name, { name, action: 'touch' });
  }
  return [...actions.values()];
}
