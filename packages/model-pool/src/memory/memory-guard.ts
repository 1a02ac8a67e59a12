import type { LoadedModel } from '../backends/backend.js';
import { plainName } from '../backends/model-name.js';
import { choosePlan } from '../decisions/deciders.js';
import type { NewDecision } from '../decisions/decision-log.js';
import type { BackendMonitor } from '../health/backend-monitor.js';
import type { ModelRuntime } from '../residency/runtime.js';
import type { SwapPlan } from '../residency/swap.js';
import type { MemoryStatus, StrangerModel } from '../status.js';
import type { Clock } from '../types.js';
import { pause } from '../waiting/pause.js';
import { type MemoryBudget, type MemoryReading, machineBytes, memoryBudget } from './budget.js';
import { learntNeedBytes, type ModelShape, type SizeMemory } from './estimates.js';
import { memoryRefusal } from './memory-refusal.js';
import { estimateNeedBytes } from './need.js';
import { type HeldModel, type LoadSnapshot, planLoad } from './plan.js';

/** Who decides whether models take turns. */
export interface TurnTaking {
  /** Whether a model that stays may leave for another one. */
  maySwapOut(victim: ModelRuntime, by: ModelRuntime): boolean;
  /** Whether that pays now. */
  planSwap(by: ModelRuntime, waitedMs: number): SwapPlan;
}

/** What a guard is made of. */
export interface MemoryGuardOptions {
  /** Bytes, `auto` to measure, `null` for no limit. */
  readonly budget: 'auto' | number | null;
  /** Measures the machine. */
  readonly read: (options: { readonly signal?: AbortSignal }) => Promise<MemoryReading>;
  /** What was learnt about sizes. */
  readonly sizes: SizeMemory;
  /** Servers. */
  readonly monitors: ReadonlyMap<string, BackendMonitor>;
  /** Models. */
  readonly runtimes: ReadonlyMap<string, ModelRuntime>;
  /** Who takes turns. */
  readonly turns: TurnTaking;
  /** Logs a decision. */
  readonly decide: (decision: NewDecision) => void;
  /** Time. */
  readonly clock: Clock;
}

/**
 * Keeps all models of this machine together within one budget: plans before a load instead of letting the machine swap. One
 * load is planned at a time, and what is planned is reserved until it is over, so that two loads never count on one place.
 */
export class MemoryGuard {
  readonly #options: MemoryGuardOptions;
  readonly #reserved = new Map<ModelRuntime, number>();
  #budget: MemoryBudget | null = null;
  #mostBytes: number | null = null;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(options: MemoryGuardOptions) {
    this.#options = options;
  }

  /** Bytes; `null` = no limit, or not measured yet. */
  get budgetBytes(): number | null {
    const { budget } = this.#options;
    return typeof budget === 'number' ? budget : (this.#budget?.bytes ?? null);
  }

  /** Everything in the memory of local servers, and what is on its way there. */
  get #held(): { ours: { runtime: ModelRuntime; bytes: number }[]; strangers: StrangerModel[]; bytes: number } {
    const { runtimes, monitors } = this.#options;
    const ours = [...runtimes.values()]
      .filter(({ backend }) => backend.traits.isLocal)
      .map((runtime) => ({ runtime, bytes: this.#heldBytes(runtime) }))
      .filter(({ bytes }) => bytes > 0);
    const configured = new Set(
      [...runtimes.values()].map((runtime) => keyOf(runtime.backend.name, runtime.configured.profile.model)),
    );
    const strangers = [...monitors.values()]
      .filter(({ backend }) => backend.traits.isLocal)
      .flatMap(({ backend, loaded }) => loaded.map(({ model, bytes }) => ({ backend: backend.name, model, bytes })))
      .filter(({ backend, model, bytes }) => bytes > 0 && !configured.has(keyOf(backend, model)));
    return { ours, strangers, bytes: [...ours, ...strangers].reduce((sum, { bytes }) => sum + bytes, 0) };
  }

  /** For people. */
  status(): MemoryStatus {
    const { strangers, bytes: heldBytes } = this.#held;
    const { budgetBytes } = this;
    const source = typeof this.#options.budget === 'number' ? 'configured' : (this.#budget?.source ?? null);
    return { budgetBytes, source, heldBytes, strangers, isExceeded: budgetBytes !== null && heldBytes > budgetBytes };
  }

  /** Measures the machine, where that is asked for. What models hold already is added back, for the readings exclude it. */
  async refresh(signal?: AbortSignal): Promise<void> {
    const { budget, read } = this.#options;
    if (budget !== 'auto') return;
    const reading = await read(signal === undefined ? {} : { signal });
    this.#budget = memoryBudget(reading, this.#held.bytes);
    this.#mostBytes = machineBytes(reading);
  }

  /** What a model needs, bytes: learnt, else estimated; `null` = nothing is known about it, or it is of another machine. */
  needBytes(runtime: ModelRuntime): number | null {
    const { backend, configured } = runtime;
    if (!backend.traits.isLocal || !runtime.isManaged) return null;
    const learnt = this.#options.sizes.find(shapeOf(runtime));
    if (learnt !== null) return learntNeedBytes(learnt);
    const { model, contextTokens, slots } = configured.profile;
    const installed = this.#options.monitors.get(backend.name)?.installed(model);
    return installed === undefined ? null : estimateNeedBytes(installed, contextTokens, slots);
  }

  /** Learns what a model holds; one that another client loaded in another shape says nothing. */
  measured(runtime: ModelRuntime, { bytes, contextTokens }: LoadedModel): void {
    if (contextTokens === null || contextTokens === runtime.configured.profile.contextTokens)
      this.#options.sizes.learn(shapeOf(runtime), bytes);
  }

  /**
   * Makes room for a model, and waits where models take turns and a turn does not pay yet. The returned function gives the
   * room back once the load is over.
   *
   * @throws ModelPoolError `memory-insufficient`
   */
  async admit(runtime: ModelRuntime, signal: AbortSignal): Promise<() => void> {
    const { budget, clock } = this.#options;
    if (budget === null || !runtime.backend.traits.isLocal || !runtime.isManaged) return () => {};
    const enteredMs = clock.monotonicMs();
    for (;;) {
      const attempt = this.#turn.then(() => this.#make(runtime, clock.monotonicMs() - enteredMs, signal));
      this.#turn = attempt.catch(() => {});
      const recheckMs = await attempt;
      if (recheckMs === null) return () => this.#reserved.delete(runtime);
      await pause(clock, recheckMs, signal);
    }
  }

  /** Returns when to try again, ms; `null` = the room is made. */
  async #make(runtime: ModelRuntime, waitedMs: number, signal: AbortSignal): Promise<number | null> {
    const { runtimes, turns } = this.#options;
    signal.throwIfAborted();
    await this.#look(signal);
    const snapshot = this.#snapshot(runtime);
    if (snapshot === null) return null;
    const plan = planLoad(snapshot);
    if (!plan.fits) {
      this.#decide(snapshot);
      throw memoryRefusal(snapshot, this.#options.budget === 'auto', this.#mostBytes);
    }
    if (plan.isSwap) {
      const { swap, recheckMs } = turns.planSwap(runtime, waitedMs);
      if (!swap) return recheckMs;
    }
    if (plan.victims.length > 0) this.#decide(snapshot);
    for (const name of plan.victims) {
      const victim = runtimes.get(name);
      if (victim === undefined) continue;
      const isTurn = victim.isPinned;
      if (!(await victim.evict(isTurn ? 'swap' : 'memory', signal))) return retryMs;
      if (isTurn) victim.holdBack(runtime.name);
    }
    this.#reserved.set(runtime, snapshot.needBytes);
    return null;
  }

  /** What other clients did since the last look counts too. */
  async #look(signal: AbortSignal): Promise<void> {
    const others = [...this.#options.monitors.values()].filter(({ backend, isUp }) => backend.traits.isLocal && isUp);
    await Promise.allSettled(others.map((monitor) => monitor.look(signal)));
    signal.throwIfAborted();
    await this.refresh(signal);
  }

  #snapshot(runtime: ModelRuntime): LoadSnapshot | null {
    const { turns } = this.#options;
    const { budgetBytes } = this;
    const needBytes = this.needBytes(runtime);
    if (needBytes === null || budgetBytes === null) return null;
    const { ours, strangers } = this.#held;
    const held = ours
      .filter((entry) => entry.runtime !== runtime)
      .map(({ runtime: other, bytes }): HeldModel => {
        const isResident = other.state === 'resident' && other.isManaged;
        return {
          name: other.name,
          bytes,
          evictable: isResident && other.isIdle && !other.isPinned,
          swappable: isResident && turns.maySwapOut(other, runtime),
          idleMs: Math.round(other.idleMs),
          ...(other.stays === null ? {} : { stays: other.stays }),
        };
      });
    const foreign = strangers.map(
      ({ backend, model, bytes }): HeldModel => ({
        name: `${backend}/${model}`,
        bytes,
        evictable: false,
        swappable: false,
        idleMs: 0,
        stays: 'stranger',
      }),
    );
    return { name: runtime.name, needBytes, budgetBytes, held: [...held, ...foreign] };
  }

  /** What one of ours holds, or will: its server's word, else what was planned, else what it needs. */
  #heldBytes(runtime: ModelRuntime): number {
    const reserved = this.#reserved.get(runtime) ?? 0;
    // Taken out in the middle of a call, it comes back for that call.
    const isUp = this.#options.monitors.get(runtime.backend.name)?.isUp === true;
    const isBack = runtime.isAsked || (runtime.wasAsked && isUp);
    const planned = reserved > 0 || !isBack ? reserved : (this.needBytes(runtime) ?? 0);
    switch (runtime.state) {
      case 'resident':
        return runtime.loaded?.bytes ?? (planned > 0 ? planned : (this.needBytes(runtime) ?? 0));
      case 'evicting':
        return this.needBytes(runtime) ?? 0;
      case 'loading':
        // One that stays keeps its place while it is loaded anew.
        return planned > 0 || !runtime.isPinned ? planned : (this.needBytes(runtime) ?? 0);
      default:
        return planned;
    }
  }

  #decide(snapshot: LoadSnapshot): void {
    const choice = choosePlan(snapshot);
    this.#options.decide({ kind: 'memory', requestId: null, callId: null, inputs: snapshot, ...choice });
  }
}

/** A victim was taken into use at the last moment. */
const retryMs = 50;

const keyOf = (backend: string, model: string) => `${backend} ${plainName(model)}`;

function shapeOf({ digest, configured }: ModelRuntime): ModelShape {
  const { model, contextTokens, slots } = configured.profile;
  return { digest: digest ?? model, contextTokens, slots };
}
