import type { PoolEvent } from '../events.js';
import type { Role } from '../types.js';
import { follow } from './statistics.js';

interface RoleTraffic {
  lastMs: number;
  gapMs: number | null;
  workMs: number | null;
  inputTokens: number;
}

/** What calls come, learnt from the pool's own events; its own questions do not count. */
export class Traffic {
  readonly #roles = new Map<Role, RoleTraffic>();

  /** Learns from an event. */
  observe(event: PoolEvent): void {
    if (event.type === 'call-start') {
      if (event.attempt > 1 || event.labels.purpose === 'canary') return;
      const known = this.#roles.get(event.role);
      const lastMs = event.startedAtMs;
      if (known === undefined) this.#roles.set(event.role, { lastMs, gapMs: null, workMs: null, inputTokens: 0 });
      else {
        known.gapMs = follow(known.gapMs, Math.max(0, lastMs - known.lastMs));
        known.lastMs = lastMs;
      }
    } else if (event.type === 'call-end') {
      const known = this.#roles.get(event.role);
      if (known === undefined || event.status !== 'ok' || event.labels.purpose === 'canary') return;
      const { durationMs, queueMs, loadMs } = event.timing;
      known.workMs = follow(known.workMs, Math.max(0, durationMs - queueMs - (loadMs ?? 0)));
      known.inputTokens = event.usage.inputTokens;
    }
  }

  /** Learnt time that a call of the role takes once its model is there, ms. */
  workMs(role: Role): number | null {
    return this.#roles.get(role)?.workMs ?? null;
  }

  /** Prompt tokens of the role's last call: what is in its model's cache. */
  cachedTokens(role: Role): number {
    return this.#roles.get(role)?.inputTokens ?? 0;
  }

  /** When the next call of the role is expected, from now, ms; 0 = it is late. */
  dueMs(role: Role, nowMs: number): number | null {
    const known = this.#roles.get(role);
    return known === undefined || known.gapMs === null ? null : Math.max(0, known.lastMs + known.gapMs - nowMs);
  }
}
