import { poolError } from '../calls/call-error.js';
import type { BackendMonitor } from '../health/backend-monitor.js';
import type { ModelRuntime } from '../residency/runtime.js';
import { memoryBudget } from './budget.js';
import { estimateNeedBytes } from './need.js';
import { planLoad } from './plan.js';
import { readMemory } from './read-memory.js';

/** What a guard is made of. */
export interface MemoryGuardOptions {
  /** Bytes, `auto` to measure, `null` for no limit. */
  readonly budget: 'auto' | number | null;
  /** Servers. */
  readonly monitors: ReadonlyMap<string, BackendMonitor>;
  /** Models. */
  readonly runtimes: ReadonlyMap<string, ModelRuntime>;
}

/** Keeps all loaded models together within one budget: plans before a load instead of letting the machine swap. */
export class MemoryGuard {
  readonly #options: MemoryGuardOptions;
  #budgetBytes: number | null;

  constructor(options: MemoryGuardOptions) {
    this.#options = options;
    this.#budgetBytes = typeof options.budget === 'number' ? options.budget : null;
  }

  /** Bytes; `null` = no limit, or not measured yet. */
  get budgetBytes(): number | null {
    return this.#budgetBytes;
  }

  /** What all models in the servers' memory hold, also those of others. */
  get heldBytes(): number {
    return [...this.#options.monitors.values()]
      .flatMap(({ loaded }) => loaded)
      .reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /** Measures the budget, where that is asked for. */
  async refresh(): Promise<void> {
    if (this.#options.budget === 'auto') this.#budgetBytes = memoryBudget(await readMemory(), this.heldBytes).bytes;
  }

  /** Makes room for a model. @throws ModelPoolError `memory-insufficient` */
  async admit(runtime: ModelRuntime, signal: AbortSignal): Promise<void> {
    if (this.#options.budget === null) return;
    if (this.#budgetBytes === null) await this.refresh();
    const { profile } = runtime.configured;
    const installed = this.#options.monitors.get(runtime.backend.name)?.installed(profile.model);
    if (installed === undefined || this.#budgetBytes === null) return;
    const needBytes = estimateNeedBytes(installed, profile.contextTokens, profile.slots);
    const ours = [...this.#options.runtimes.values()].filter((other) => other !== runtime && other.loaded !== null);
    const ourBytes = ours.reduce((sum, { loaded }) => sum + (loaded?.bytes ?? 0), 0);
    const strangers = { name: '', bytes: Math.max(0, this.heldBytes - ourBytes), evictable: false, idleMs: 0 };
    const held = ours.map((other) => ({
      name: other.name,
      bytes: other.loaded?.bytes ?? 0,
      evictable: !other.isPinned && other.isIdle,
      idleMs: other.idleMs,
    }));
    const plan = planLoad(needBytes, this.#budgetBytes, [...held, strangers]);
    if (!plan.fits) {
      const { budgetBytes, heldBytes } = plan;
      const message = `${runtime.name} needs ${gigabytes(needBytes)}, ${gigabytes(heldBytes)} of ${gigabytes(budgetBytes)} are taken`;
      throw poolError('memory-insufficient', message, { details: { needBytes, budgetBytes, heldBytes } });
    }
    for (const name of plan.victims) await this.#options.runtimes.get(name)?.evict('memory', signal);
  }
}

const gigabytes = (bytes: number) => `${(bytes / 1e9).toFixed(1)} GB`;
