import { poolError } from '../calls/call-error.js';
import type { Lane } from '../types.js';
import { type Admission, admit, laneLimits } from './admission.js';
import {
  chooseGrant,
  type Grant,
  type GrantView,
  type LaneEntry,
  type LaneRequest,
  type WaitedBehind,
} from './grant.js';
import { PlaceTeller } from './place-teller.js';
import { LaneSlot, type SlotFacts } from './slot.js';
import { LaneTicket, type LaneWaiter } from './ticket.js';

/** Everything the scheduler does to the world, and asks it. */
export interface LaneEffects {
  /** Monotonic ms. */
  monotonicMs(): number;
  /** Calls back once, later. */
  after(delayMs: number, callback: () => void): () => void;
  /** What is known of a model and its server. */
  facts(slot: string): SlotFacts;
  /** The call may go. */
  grant(ticket: LaneTicket, view: GrantView, grant: Grant): void;
  /** The call may not wait: its lane is full. */
  refuse(request: LaneRequest, waiter: LaneWaiter, view: Admission): void;
  /** The call waits at another place than before. */
  moved(ticket: LaneTicket, position: number, etaMs: number | null): void;
}

/** Every field is named: a spread is slow, and takes more memory while the call waits. */
function entryOf(request: LaneRequest, behind: WaitedBehind | null): LaneEntry {
  const { id, lane, slot, slots, device, enteredMs, promptTokens, limitTokens } = request;
  return { id, lane, slot, slots, device, enteredMs, promptTokens, limitTokens, behind };
}

/**
 * Decides who goes next. All decisions are made on one serial loop: a call that comes back in through an effect is queued
 * behind the decision that is being made. Entering, leaving and releasing take constant time, a decision takes time in the
 * number of models.
 */
export class LaneScheduler {
  readonly #effects: LaneEffects;
  readonly #slots = new Map<string, LaneSlot>();
  readonly #counts: Readonly<Record<Lane, { waiting: number; running: number }>> = {
    ux: { waiting: 0, running: 0 },
    planning: { waiting: 0, running: 0 },
    background: { waiting: 0, running: 0 },
  };
  /** Running ux calls by device. */
  readonly #uxRunning = new Map<string, number>();
  readonly #teller: PlaceTeller;
  #isTurning = false;
  #again = false;
  #recheckAtMs = Number.POSITIVE_INFINITY;
  #cancelRecheck: (() => void) | null = null;

  constructor(effects: LaneEffects) {
    this.#effects = effects;
    this.#teller = new PlaceTeller(effects);
  }

  /** Lets a call wait; at the front where it had its turn before. @throws ModelPoolError `overloaded` when the lane is full */
  enter(request: LaneRequest, waiter: LaneWaiter, isInFront = false): LaneTicket {
    const { lane } = request;
    const slot = this.#slot(request);
    const view: Admission = { by: 'lane', lane, waiting: this.#counts[lane].waiting, limit: laneLimits[lane] };
    if (admit(view).chosen === null) {
      this.#effects.refuse(request, waiter, view);
      throw poolError('overloaded', `${view.limit} calls wait in the lane ${lane} already`, {
        retryAfterMs: Math.min(30_000, Math.round(slot.meanMs ?? 1_000)),
        details: { lane, limit: view.limit },
      });
    }
    const ahead = slot.ahead(lane, isInFront);
    const entry = entryOf(request, this.#behind(slot, request, ahead.calls));
    const ticket = new LaneTicket(entry, waiter, slot.expectTokens(request));
    slot.waiting[lane].add(ticket, isInFront);
    this.#counts[lane].waiting += 1;
    this.#turn();
    if (ticket.state === 'waiting') {
      this.#teller.tell(slot, ticket, ahead);
      if (ahead.calls < slot.waitingCalls - 1) this.#teller.changed(slot);
    }
    return ticket;
  }

  /** Takes a waiting call out; does nothing for one that was granted. */
  leave(ticket: LaneTicket): void {
    if (ticket.state !== 'waiting') return;
    ticket.state = 'over';
    const { entry } = ticket;
    const slot = this.#slot(entry);
    slot.waiting[entry.lane].remove(ticket);
    this.#counts[entry.lane].waiting -= 1;
    this.#teller.changed(slot);
    this.#turn();
  }

  /** Gives a granted slot back. */
  release(ticket: LaneTicket): void {
    if (ticket.state !== 'running') return;
    ticket.state = 'over';
    const { entry } = ticket;
    this.#slot(entry).end(ticket, this.#effects.monotonicMs());
    this.#counts[entry.lane].running -= 1;
    this.#countUx(entry, -1);
    this.#turn();
  }

  /** A server asked to be left alone: tells the new times. */
  paused(): void {
    for (const slot of this.#slots.values()) if (this.#effects.facts(slot.name).pausedMs > 0) this.#teller.renew(slot);
    this.#turn();
  }

  /** How full a lane is. */
  count(lane: Lane): { readonly waiting: number; readonly running: number } {
    return { ...this.#counts[lane] };
  }

  /** When the turn of a call would be expected that entered the lane of a model now, ms; `null` = nothing learnt yet. */
  etaMs(slotName: string, lane: Lane): number | null {
    const slot = this.#slots.get(slotName);
    if (slot === undefined) return 0;
    return slot.etaMs(slot.ahead(lane, false), this.#effects.monotonicMs(), this.#effects.facts(slotName));
  }

  /** Stops the timers. */
  close(): void {
    this.#cancelRecheck?.();
    this.#cancelRecheck = null;
    this.#teller.close();
  }

  #slot(request: LaneRequest): LaneSlot {
    let slot = this.#slots.get(request.slot);
    if (slot === undefined) {
      slot = new LaneSlot(request);
      this.#slots.set(request.slot, slot);
    }
    return slot;
  }

  #behind(slot: LaneSlot, { lane, device }: LaneRequest, waiting: number): WaitedBehind | null {
    const isFull = slot.running.size >= slot.slots;
    const uxOnDevice = lane === 'ux' || device === null ? 0 : (this.#uxRunning.get(device) ?? 0);
    const { pausedMs } = this.#effects.facts(slot.name);
    if (!isFull && waiting === 0 && uxOnDevice === 0 && pausedMs === 0) return null;
    const running = isFull ? Array.from(slot.running, ({ entry }) => ({ id: entry.id, lane: entry.lane })) : [];
    return { running, waiting, uxOnDevice, pausedMs };
  }

  #countUx({ lane, device }: LaneEntry, change: 1 | -1): void {
    if (lane === 'ux' && device !== null) this.#uxRunning.set(device, (this.#uxRunning.get(device) ?? 0) + change);
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
    let recheckMs = Number.POSITIVE_INFINITY;
    for (const slot of this.#slots.values())
      if (slot.waitingCalls > 0) recheckMs = Math.min(recheckMs, this.#fill(slot));
    this.#recheckIn(recheckMs);
  }

  /** Grants what is free. Returns when to look again, ms. */
  #fill(slot: LaneSlot): number {
    while (slot.waitingCalls > 0 && slot.running.size < slot.slots) {
      const nowMs = this.#effects.monotonicMs();
      const isUxRunning = slot.device !== null && (this.#uxRunning.get(slot.device) ?? 0) > 0;
      const view = slot.view(nowMs, isUxRunning, this.#effects.facts(slot.name).pausedMs);
      const choice = chooseGrant(view);
      const { entry, recheckMs } = choice;
      const ticket = entry === null ? null : slot.waiting[entry.lane].first;
      if (entry === null || ticket === null) return recheckMs ?? Number.POSITIVE_INFINITY;
      slot.start(ticket, nowMs);
      this.#counts[entry.lane].waiting -= 1;
      this.#counts[entry.lane].running += 1;
      this.#countUx(entry, 1);
      this.#teller.changed(slot);
      this.#effects.grant(ticket, view, choice);
    }
    return Number.POSITIVE_INFINITY;
  }

  /** A timer that is due in time already stays as it is. */
  #recheckIn(delayMs: number): void {
    const atMs = delayMs === Number.POSITIVE_INFINITY ? delayMs : this.#effects.monotonicMs() + delayMs;
    if (this.#cancelRecheck !== null && this.#recheckAtMs <= atMs && atMs < Number.POSITIVE_INFINITY) return;
    this.#cancelRecheck?.();
    this.#cancelRecheck = null;
    this.#recheckAtMs = atMs;
    if (atMs === Number.POSITIVE_INFINITY) return;
    this.#cancelRecheck = this.#effects.after(delayMs, () => {
      this.#cancelRecheck = null;
      this.#turn();
    });
  }
}
