import type { PoolEvent } from '../events.js';
import type { ModelRuntime } from '../residency/runtime.js';
import type { RoleOrder } from '../roles/role-order.js';
import type { Clock } from '../types.js';

/** What a judge is made of. */
export interface SpeedJudgeParts {
  /** Models. */
  readonly runtimes: ReadonlyMap<string, ModelRuntime>;
  /** Candidates in their order. */
  readonly order: RoleOrder;
  /** Sends an event. */
  readonly emit: (event: PoolEvent) => void;
  /** Time. */
  readonly clock: Clock;
}

/** Says once that a model is too slow for a role, and puts it behind the next candidate where the role allows that. */
export class SpeedJudge {
  readonly #parts: SpeedJudgeParts;
  readonly #told = new Set<string>();

  constructor(parts: SpeedJudgeParts) {
    this.#parts = parts;
  }

  /** Judges all models by what was learnt of them. */
  judge(): void {
    for (const { name, configured, facts } of this.#parts.runtimes.values()) {
      const slowness = facts.slowness(configured.roles);
      for (const role of ['ux', 'planning'] as const) {
        const key = `${role} ${name}`;
        const slow = slowness.find((entry) => entry.role === role);
        if (slow === undefined) this.#told.delete(key);
        if (slow === undefined || this.#told.has(key)) continue;
        this.#told.add(key);
        const { order, emit, clock } = this.#parts;
        const atMs = Math.round(clock.now());
        const steppedDownTo = order.stepDown(role, name);
        emit({ type: 'profile-drift', reason: 'too-slow', atMs, name, ...slow, steppedDownTo });
      }
    }
  }
}
