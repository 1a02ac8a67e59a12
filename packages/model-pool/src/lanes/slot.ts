import { follow } from '../residency/statistics.js';
import type { Lane } from '../types.js';
import { estimateWaitMs, type LaneSpeeds, type QueuedWork, type RunningView } from './eta.js';
import { type GrantView, type LaneEntry, type LaneRequest, lanes } from './grant.js';
import type { LaneTicket } from './ticket.js';
import { WaitList } from './wait-list.js';

/** Tokens of an answer where none was seen yet. */
const typicalTokens = 256;

const nothing: QueuedWork = { calls: 0, promptTokens: 0, expectedTokens: 0 };

const addWork = (left: QueuedWork, right: QueuedWork): QueuedWork => ({
  calls: left.calls + right.calls,
  promptTokens: left.promptTokens + right.promptTokens,
  expectedTokens: left.expectedTokens + right.expectedTokens,
});

/** What is known of a model's server when a wait is estimated. */
export interface SlotFacts extends LaneSpeeds {
  /** How long it asked to be left alone, ms. */
  readonly pausedMs: number;
}

/** One model with the calls that run on it and wait for it. */
export class LaneSlot {
  /** Name of the model. */
  readonly name: string;
  /** How many calls it takes at a time. */
  readonly slots: number;
  /** Which machine computes. */
  readonly device: string | null;
  readonly waiting: Readonly<Record<Lane, WaitList>> = {
    ux: new WaitList(),
    planning: new WaitList(),
    background: new WaitList(),
  };
  readonly running = new Set<LaneTicket>();
  #grantsSince: Readonly<Record<Lane, number>> = { ux: 0, planning: 0, background: 0 };
  #meanMs: number | null = null;
  #meanTokens: number | null = null;

  constructor({ slot, slots, device }: LaneRequest) {
    this.name = slot;
    this.slots = slots;
    this.device = device;
  }

  /** Learnt duration of a call, ms. */
  get meanMs(): number | null {
    return this.#meanMs;
  }
  /** How many wait in all lanes. */
  get waitingCalls(): number {
    const { ux, planning, background } = this.waiting;
    return ux.calls + planning.calls + background.calls;
  }

  /** Tokens that the answer of a call is expected to have. */
  expectTokens({ limitTokens }: LaneRequest): number {
    return Math.min(limitTokens, this.#meanTokens ?? typicalTokens);
  }

  /** What waits before a call that enters a lane now; at its front, or at its end. */
  ahead(lane: Lane, isInFront: boolean): QueuedWork {
    let work = nothing;
    if (this.waitingCalls === 0) return work;
    for (const other of lanes) {
      const isOwn = other === lane;
      if (!(isOwn && isInFront)) work = addWork(work, this.waiting[other].work);
      if (isOwn) break;
    }
    return work;
  }

  /** What a grant depends on. */
  view(nowMs: number, isUxRunning: boolean, pausedMs: number): GrantView {
    const heads: Partial<Record<Lane, LaneEntry>> = {};
    for (const lane of lanes) {
      const head = this.waiting[lane].first;
      if (head !== null) heads[lane] = head.entry;
    }
    return { nowMs, heads, isUxRunning, grantsSince: this.#grantsSince, pausedMs };
  }

  /** A waiting call goes. */
  start(ticket: LaneTicket, nowMs: number): void {
    const { lane } = ticket.entry;
    this.waiting[lane].remove(ticket);
    this.running.add(ticket);
    ticket.state = 'running';
    ticket.grantedMs = nowMs;
    const { ux, planning, background } = this.#grantsSince;
    // A new object each time: the decision keeps the one that it was based on.
    this.#grantsSince = {
      ux: lane === 'ux' ? 0 : ux + 1,
      planning: lane === 'planning' ? 0 : planning + 1,
      background: lane === 'background' ? 0 : background + 1,
    };
  }

  /** A running call is over; its duration and its answer are learnt from. */
  end(ticket: LaneTicket, nowMs: number): void {
    this.running.delete(ticket);
    this.#meanMs = follow(this.#meanMs, nowMs - ticket.grantedMs);
    if (ticket.writtenTokens > 0) this.#meanTokens = follow(this.#meanTokens, ticket.writtenTokens);
  }

  /** When the turn of a call is expected that has this work before it, ms. */
  etaMs(ahead: QueuedWork, nowMs: number, facts: SlotFacts): number | null {
    const running: RunningView[] = [];
    for (const { entry, grantedMs, expectedTokens, writtenTokens } of this.running)
      running.push({ ageMs: nowMs - grantedMs, promptTokens: entry.promptTokens, expectedTokens, writtenTokens });
    const { prefillRate, decodeRate, pausedMs } = facts;
    const { slots } = this;
    return estimateWaitMs({ slots, running, ahead, meanMs: this.#meanMs, prefillRate, decodeRate, pausedMs });
  }
}
