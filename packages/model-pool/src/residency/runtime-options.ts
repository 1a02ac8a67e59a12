import type { Backend, LoadedModel } from '../backends/backend.js';
import type { NewDecision } from '../decisions/decision-log.js';
import type { PoolEvent } from '../events.js';
import type { ConfiguredModel } from '../roles/configuration.js';
import type { ResidencyChange } from '../status.js';
import type { Clock } from '../types.js';
import type { ModelRuntime } from './runtime.js';

/** What a model's runtime does to the rest of the pool. */
export interface RuntimeEffects {
  /** Sends an event. */
  emit(event: PoolEvent): void;
  /** Logs a decision. */
  decide(decision: NewDecision): void;
  /** Writes into the history. */
  changed(change: ResidencyChange): void;
  /** Looks at the model's server now. Rejects with `backend-down`. */
  look(signal: AbortSignal): Promise<void>;
  /** Makes room for a load; the returned function gives the room back once the load is over. @throws ModelPoolError `memory-insufficient` */
  admit(runtime: ModelRuntime, signal: AbortSignal): Promise<() => void>;
  /** A load was measured by the server. */
  measured(runtime: ModelRuntime, loaded: LoadedModel): void;
  /** What the model needs, bytes; `null` = not known. */
  needBytes(runtime: ModelRuntime): number | null;
  /** Name of the on-demand model that came when this one left; `null` = none did. */
  displacer(runtime: ModelRuntime): string | null;
  /** Residency is to be looked at again now. */
  wake(): void;
}

/** What a runtime is made of. */
export interface RuntimeOptions {
  /** The model. */
  readonly configured: ConfiguredModel;
  /** Its server. */
  readonly backend: Backend;
  /** Time. */
  readonly clock: Clock;
  /** Least and most time for a load, ms. */
  readonly loadLimits: { readonly minMs: number; readonly maxMs: number };
  /** The rest of the pool. */
  readonly effects: RuntimeEffects;
}
