import type { Backend } from '../backends/backend.js';
import type { Decision, PoolEvent } from '../events.js';
import type { ConfiguredModel } from '../roles/configuration.js';
import type { Clock } from '../types.js';
import type { ModelRuntime } from './runtime.js';

/** What a model's runtime does to the rest of the pool. */
export interface RuntimeEffects {
  /** Sends an event. */
  emit(event: PoolEvent): void;
  /** Logs a decision. */
  decide(decision: Omit<Decision, 'id' | 'atMs'>): void;
  /** Looks at the model's server now. Rejects with `backend-down`. */
  look(signal: AbortSignal): Promise<void>;
  /** Makes room for a load. @throws ModelPoolError `memory-insufficient` */
  admit(runtime: ModelRuntime, signal: AbortSignal): Promise<void>;
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
