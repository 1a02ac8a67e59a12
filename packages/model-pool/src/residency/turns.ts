import type { NewDecision } from '../decisions/decision-log.js';
import type { MemoryGuard, TurnTaking } from '../memory/memory-guard.js';
import type { RoleOrder } from '../roles/role-order.js';
import { chooseMode, type ModeChoice, type ModeView } from './mode.js';
import type { ResidencyReader } from './residency-reader.js';
import type { ModelRuntime } from './runtime.js';
import { planSwap, type SwapPlan, type SwapView } from './swap.js';
import type { Traffic } from './traffic.js';

/** What taking turns is made of. */
export interface TurnsParts {
  /** Who is in memory. */
  readonly reader: ResidencyReader;
  /** Models. */
  readonly runtimes: ReadonlyMap<string, ModelRuntime>;
  /** Candidates in their order. */
  readonly order: RoleOrder;
  /** What calls come. */
  readonly traffic: Traffic;
  /** The memory. */
  readonly guard: () => MemoryGuard;
  /** Whether models may take turns. */
  readonly maySwap: boolean;
  /** Logs a decision. */
  readonly decide: (decision: NewDecision) => void;
}

/** Sizes that are learnt differ a little from load to load. */
const steps = (bytes: number | null) => (bytes === null ? null : Math.round(bytes / 1e8));

/** Decides how `ux` and `planning` share the memory, and when one leaves for the other. */
export class Turns implements TurnTaking {
  readonly #parts: TurnsParts;
  #mode: { key: string; choice: ModeChoice } | null = null;

  constructor(parts: TurnsParts) {
    this.#parts = parts;
  }

  /** How they share it, as last reviewed. */
  get mode(): ModeChoice {
    return this.#mode?.choice ?? chooseMode(this.#view());
  }

  /** Chooses the mode anew where that is due. Once it follows from the sizes it stays until the models, or what is known of their sizes, change: the memory that is free goes up and down. */
  review(): ModeChoice {
    const view = this.#view();
    const key = [view.ux, steps(view.uxBytes), view.planning, steps(view.planningBytes)].join(' ');
    const known = this.#mode;
    if (known?.key === key && known.choice.fits !== null) return known.choice;
    const choice = chooseMode(view);
    this.#mode = { key, choice };
    if (known?.choice.reason !== choice.reason)
      this.#parts.decide({
        kind: 'mode',
        requestId: null,
        callId: null,
        inputs: view,
        chosen: choice.mode,
        rejected: [],
      });
    return choice;
  }

  /** Whether a model that stays may leave for another one. */
  maySwapOut(victim: ModelRuntime, by: ModelRuntime): boolean {
    if (this.review().mode !== 'swap' || this.#parts.reader.pinned.has(victim.name)) return false;
    return victim.configured.roles.includes('ux') && by.configured.roles.includes('planning');
  }

  /** Whether it pays now that `ux` leaves for a model. */
  planSwap(by: ModelRuntime, waitedMs: number): SwapPlan {
    const { reader, traffic, order, runtimes } = this.#parts;
    const ux = reader.first('ux');
    const hasOther = order
      .candidates('planning')
      .some((name) => name !== by.name && runtimes.get(name)?.state === 'resident');
    const view: SwapView = {
      // The one that asks waits no longer in its lane.
      queuedCalls: 1 + reader.waitingFor(by),
      workMs: traffic.workMs('planning'),
      gain: hasOther ? 0.5 : 1,
      waitedMs: Math.round(waitedMs),
      loadMs: by.facts.loads.quantile(0.5),
      restoreMs: ux?.facts.loads.quantile(0.5) ?? null,
      cachedTokens: traffic.cachedTokens('ux'),
      prefillRate: ux?.prefillRate ?? null,
      isBusy: ux !== null && !ux.isIdle,
    };
    const plan = planSwap(view);
    const inputs = { ...view, name: by.name };
    if (plan.swap)
      this.#parts.decide({ kind: 'swap', requestId: null, callId: null, inputs, chosen: by.name, rejected: [] });
    return plan;
  }

  #view(): ModeView {
    const { reader, guard, maySwap } = this.#parts;
    const ux = reader.first('ux');
    const planning = reader.first('planning');
    return {
      ux: ux?.name ?? null,
      planning: planning?.name ?? null,
      uxBytes: ux === null ? null : guard().needBytes(ux),
      planningBytes: planning === null ? null : guard().needBytes(planning),
      budgetBytes: guard().budgetBytes,
      maySwap,
    };
  }
}
