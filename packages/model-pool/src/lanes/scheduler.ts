import { poolError } from '../calls/call-error.js';
import type { Lane } from '../types.js';
import { estimateWaitMs } from './eta.js';
import { chooseGrant, type Grant, type LaneEntry, lanes } from './grant.js';

/** Most calls that wait in a lane. */
export const laneLimits: Readonly<Record<Lane, number>> = { ux: 32, planning: 256, background: 1000 };

/** Everything the scheduler does to the world. */
export interface LaneEffects {
  /** Monotonic ms. */
  monotonicMs(): number;
  /** Calls back once, later. */
  after(delayMs: number, callback: () => void): () => void;
  /** The entry may go. */
  grant(entry: LaneEntry, reason: Grant['reason']): void;
  /** The entry waits at another place than before. */
  moved(entry: LaneEntry, position: number, etaMs: number | null): void;
}

interface Slot {
  readonly waiting: Record<Lane, Map<string, LaneEntry>>;
  readonly running: Map<string, { entry: LaneEntry; grantedMs: number }>;
  grantsSinceAged: number;
  meanMs: number | null;
}

/**
 * Decides who goes next. All decisions are made on one serial loop: a call that comes back in through an effect is
 * queued behind the decision that is being made. Entering, leaving and releasing take constant time, a decision takes
 * time in the number of models.
 */
export class LaneScheduler {
  readonly #effects: LaneEffects;
  readonly #slots = new Map<string, Slot>();
  readonly #positions = new Map<string, number>();
  #isTurning = false;
  #again = false;
  #cancelRecheck: (() => void) | null = null;

  constructor(effects: LaneEffects) {
    this.#effects = effects;
  }

  /** Lets a call wait. @throws ModelPoolError `overloaded` when the lane is full */
  enter(entry: LaneEntry): void {
    const limit = laneLimits[entry.lane];
    if (this.count(entry.lane).waiting >= limit) {
      const meanMs = this.#slots.get(entry.slot)?.meanMs ?? 1000;
      throw poolError('overloaded', `${limit} calls wait in the lane ${entry.lane} already`, {
        retryAfterMs: Math.min(30_000, Math.round(meanMs)),
        details: { lane: entry.lane, limit },
      });
    }
    const slot = this.#slot(entry.slot);
    slot.waiting[entry.lane].set(entry.id, entry);
    this.#turn();
  }

  /** Takes a waiting call out; does nothing for one that was granted. */
  leave(entry: LaneEntry): void {
    this.#positions.delete(entry.id);
    if (this.#slot(entry.slot).waiting[entry.lane].delete(entry.id)) this.#turn();
  }

  /** Gives a granted slot back. */
  release(entry: LaneEntry): void {
    const slot = this.#slot(entry.slot);
    const run = slot.running.get(entry.id);
    if (run === undefined) return;
    slot.running.delete(entry.id);
    const tookMs = this.#effects.monotonicMs() - run.grantedMs;
    slot.meanMs = slot.meanMs === null ? tookMs : slot.meanMs + 0.3 * (tookMs - slot.meanMs);
    this.#turn();
  }

  /** How full a lane is. */
  count(lane: Lane): { waiting: number; running: number } {
    let waiting = 0;
    let running = 0;
    for (const slot of this.#slots.values()) {
      waiting += slot.waiting[lane].size;
      for (const { entry } of slot.running.values()) if (entry.lane === lane) running += 1;
    }
    return { waiting, running };
  }

  /** Stops the clock's timer. */
  close(): void {
    this.#cancelRecheck?.();
    this.#cancelRecheck = null;
  }

  #slot(name: string): Slot {
    let slot = this.#slots.get(name);
    if (slot === undefined) {
      slot = {
        waiting: { ux: new Map(), planning: new Map(), background: new Map() },
        running: new Map(),
        grantsSinceAged: 0,
        meanMs: null,
      };
      this.#slots.set(name, slot);
    }
    return slot;
  }

  #turn(): void {
    if (this.#isTurning) {
      this.#again = true;
      return;
    }
    this.#isTurning = true;
    try {
      do {
        this.#again = false;
        this.#decide();
      } while (this.#again);
    } finally {
      this.#isTurning = false;
    }
  }

  #decide(): void {
    this.#cancelRecheck?.();
    this.#cancelRecheck = null;
    let recheckMs = Number.POSITIVE_INFINITY;
    for (const slot of this.#slots.values()) recheckMs = Math.min(recheckMs, this.#fill(slot));
    for (const slot of this.#slots.values()) this.#place(slot);
    if (recheckMs < Number.POSITIVE_INFINITY) this.#cancelRecheck = this.#effects.after(recheckMs, () => this.#turn());
  }

  /** Grants what is free. Returns when to look again, ms. */
  #fill(slot: Slot): number {
    for (;;) {
      const heads: Partial<Record<Lane, LaneEntry>> = {};
      let any: LaneEntry | undefined;
      for (const lane of lanes) {
        const head = slot.waiting[lane].values().next().value;
        if (head !== undefined) {
          heads[lane] = head;
          any ??= head;
        }
      }
      if (any === undefined || slot.running.size >= any.slots) return Number.POSITIVE_INFINITY;
      const nowMs = this.#effects.monotonicMs();
      const choice = chooseGrant({
        nowMs,
        heads,
        isUxRunning: this.#isUxRunning(any.device),
        grantsSinceAged: slot.grantsSinceAged,
      });
      if (!('entry' in choice)) return choice.recheckMs ?? Number.POSITIVE_INFINITY;
      const { entry, reason } = choice;
      slot.waiting[entry.lane].delete(entry.id);
      slot.running.set(entry.id, { entry, grantedMs: nowMs });
      slot.grantsSinceAged = reason === 'aged' ? 0 : slot.grantsSinceAged + 1;
      this.#positions.delete(entry.id);
      this.#effects.grant(entry, reason);
    }
  }

  #isUxRunning(device: string): boolean {
    for (const slot of this.#slots.values()) {
      for (const { entry } of slot.running.values()) if (entry.lane === 'ux' && entry.device === device) return true;
    }
    return false;
  }

  /** Tells waiting calls where they stand: the first ten each change, the others every tenth place. */
  #place(slot: Slot): void {
    let position = 0;
    for (const lane of lanes) {
      for (const entry of slot.waiting[lane].values()) {
        position += 1;
        const known = this.#positions.get(entry.id);
        if (known === position || (known !== undefined && position > 10 && position % 10 !== 0)) continue;
        this.#positions.set(entry.id, position);
        const nowMs = this.#effects.monotonicMs();
        const runningMs = [...slot.running.values()].map(({ grantedMs }) => nowMs - grantedMs);
        this.#effects.moved(
          entry,
          position,
          estimateWaitMs({ position, slots: entry.slots, runningMs, meanMs: slot.meanMs }),
        );
      }
    }
  }
}
