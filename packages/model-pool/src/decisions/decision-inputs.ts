import type { EvictReason } from '../events.js';
import type { Admission } from '../lanes/admission.js';
import type { GrantView } from '../lanes/grant.js';
import type { LoadSnapshot } from '../memory/plan.js';
import type { ResidencySnapshot } from '../residency/desired.js';
import type { ModeView } from '../residency/mode.js';
import type { SwapView } from '../residency/swap.js';
import type { RouteView } from '../routing/candidates.js';
import type { CoverView } from '../routing/cover.js';
import type { FailureView } from '../routing/retry.js';
import type { StrangerModel } from '../status.js';

/** How a load ended. */
export interface LoadOutcome {
  /** Name of the model in the configuration. */
  readonly name: string;
  /** How long it took, ms; `null` = it failed. */
  readonly loadMs: number | null;
  /** Why it failed; `null` = it did not. */
  readonly error: string | null;
}

/** A model that was taken out of memory. */
export interface EvictOutcome {
  /** Name of the model in the configuration. */
  readonly name: string;
  /** Why. */
  readonly reason: EvictReason;
}

/** A swap of models that take turns. */
export interface SwapDecisionView extends SwapView {
  /** Name of the model that asks for the memory. */
  readonly name: string;
}

/** Models of other clients that hold more than the budget leaves. */
export interface StrangersView {
  /** Memory for all models, bytes. */
  readonly budgetBytes: number | null;
  /** What all of them hold, bytes. */
  readonly heldBytes: number;
  /** Those of others. */
  readonly strangers: readonly StrangerModel[];
}

/** By kind of decision, what its pure function takes: plain values that JSON can carry. */
export interface DecisionInputs {
  /** Which model is asked. */
  readonly route: RouteView;
  /** Whether the small model answers while the chosen one is loaded. */
  readonly cover: CoverView;
  /** Whose turn it is. */
  readonly grant: GrantView;
  /** A failed attempt that is repeated. */
  readonly retry: FailureView;
  /** A failed attempt after which another model goes on. */
  readonly fallback: FailureView;
  /** A failed attempt after which nothing is left to try. */
  readonly fail: FailureView;
  /** A call that the gate or a full lane refused. */
  readonly refuse: Admission;
  /** A model that came into memory, or failed to. */
  readonly load: LoadOutcome;
  /** A model that was taken out of memory. */
  readonly evict: EvictOutcome;
  /** Who makes room for a load. */
  readonly memory: LoadSnapshot;
  /** What is loaded, renewed or waited for. */
  readonly residency: ResidencySnapshot;
  /** Models of others, which are left alone. */
  readonly strangers: StrangersView;
  /** Whether the small model leaves for the large one. */
  readonly swap: SwapDecisionView;
  /** How the roles share the memory. */
  readonly mode: ModeView;
}

/** What can be decided. */
export type DecisionKind = keyof DecisionInputs;
