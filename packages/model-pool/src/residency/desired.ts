import type { ModelState } from '../status.js';

/** An on-demand model that was loaded when another one had to leave. */
export interface HolderView {
  /** Name in the configuration. */
  readonly name: string;
  /** For how long nobody has used it and no call waits for it, ms; `null` = it is at work. */
  readonly emptyForMs: number | null;
  /** From how long on its memory is given back, ms. */
  readonly restoreAfterMs: number;
}

/** A model that its role, or a pin, wants in memory. */
export interface ResidentView {
  /** Name in the configuration. */
  readonly name: string;
  /** State in memory. */
  readonly state: ModelState;
  /** Whether it can be loaded by request. */
  readonly isManaged: boolean;
  /** Whether its server has it; `null` = not known. */
  readonly isInstalled: boolean | null;
  /** Whether its server answers. */
  readonly isBackendUp: boolean;
  /** How long it is not loaded again, ms. */
  readonly restMs: number;
  /** When its server takes it out, from now, ms; `null` = not known. */
  readonly expiresInMs: number | null;
  /** Who needs its memory; `null` = nobody. */
  readonly holder: HolderView | null;
}

/** What a choice depends on. Each group holds the candidates of one role, or a pinned model, in their order. */
export interface ResidencySnapshot {
  /** The groups. */
  readonly groups: readonly (readonly ResidentView[])[];
}

/** What to do for a model. */
export interface ResidencyAction {
  /** Name in the configuration. */
  readonly name: string;
  /** `preload` = load it; `touch` = ask its server to keep it; `wait` = somebody else works in its memory. */
  readonly action: 'preload' | 'touch' | 'wait';
  /** Why. */
  readonly reason: 'absent' | 'failed' | 'expires' | 'memory-needed';
}

/** A stay that ends sooner is renewed, ms. */
const touchMs = 60_000;

/** The candidate of a group that is to be in memory: the first that is there or can be loaded; `null` = none can. */
export function chooseResident(group: readonly ResidentView[]): ResidentView | null {
  return (
    group.find(({ state, isManaged, isInstalled, isBackendUp, restMs }) => {
      if (!isBackendUp || isInstalled === false) return false;
      return state === 'resident' || (isManaged && restMs === 0);
    }) ?? null
  );
}

/** What residency asks for. */
export function chooseResidency({ groups }: ResidencySnapshot): ResidencyAction[] {
  const actions = new Map<string, ResidencyAction>();
  for (const group of groups) {
    const model = chooseResident(group);
    const action = model === null ? null : chooseAction(model);
    if (action !== null) actions.set(action.name, action);
  }
  return [...actions.values()];
}

function chooseAction({ name, state, isManaged, expiresInMs, holder }: ResidentView): ResidencyAction | null {
  switch (state) {
    case 'absent':
    case 'failed': {
      const isNeeded = holder !== null && (holder.emptyForMs === null || holder.emptyForMs < holder.restoreAfterMs);
      return isNeeded ? { name, action: 'wait', reason: 'memory-needed' } : { name, action: 'preload', reason: state };
    }
    case 'resident':
      return isManaged && expiresInMs !== null && expiresInMs < touchMs
        ? { name, action: 'touch', reason: 'expires' }
        : null;
    case 'loading':
    case 'evicting':
      return null;
  }
}
