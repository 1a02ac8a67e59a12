import type { Id } from '../types.js';
import type { LaneEntry } from './grant.js';

/** Whoever waits for a call's turn. */
export interface LaneWaiter {
  /** The request. */
  readonly requestId: Id;
  /** The task that it belongs to. */
  readonly taskId: Id | null;
  /** It may go; called once, also before `enter` returns. */
  granted(ticket: LaneTicket, reason: 'first' | 'aged'): void;
  /** It waits at another place than before. */
  moved(position: number, etaMs: number | null): void;
}

/** A call in the scheduler, from entering its lane to giving its slot back. */
export class LaneTicket {
  readonly entry: LaneEntry;
  readonly waiter: LaneWaiter;
  /** Tokens that its answer is expected to have. */
  readonly expectedTokens: number;
  /** Where it is. */
  state: 'waiting' | 'running' | 'over' = 'waiting';
  /** Its neighbours while it waits. */
  previous: LaneTicket | null = null;
  next: LaneTicket | null = null;
  /** The place that was told last; 0 = none was, or the time has to be told anew. */
  toldPosition = 0;
  /** When it was granted, monotonic ms. */
  grantedMs = 0;
  /** Tokens of its answer so far. */
  writtenTokens = 0;

  constructor(entry: LaneEntry, waiter: LaneWaiter, expectedTokens: number) {
    this.entry = entry;
    this.waiter = waiter;
    this.expectedTokens = expectedTokens;
  }
}
