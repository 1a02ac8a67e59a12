import type { QueuedWork } from './eta.js';
import type { LaneTicket } from './ticket.js';

/** The calls that wait in one lane for one model, in their order. Adding and removing take constant time. */
export class WaitList {
  #first: LaneTicket | null = null;
  #last: LaneTicket | null = null;
  #calls = 0;
  #promptTokens = 0;
  #expectedTokens = 0;

  /** Who is next; `null` = nobody waits. */
  get first(): LaneTicket | null {
    return this.#first;
  }
  /** How many wait. */
  get calls(): number {
    return this.#calls;
  }
  /** What all of them amount to. */
  get work(): QueuedWork {
    return { calls: this.#calls, promptTokens: this.#promptTokens, expectedTokens: this.#expectedTokens };
  }

  /** Adds one at the end, or at the front one that had its turn before. */
  add(ticket: LaneTicket, isInFront: boolean): void {
    const before = isInFront ? null : this.#last;
    const after = isInFront ? this.#first : null;
    ticket.previous = before;
    ticket.next = after;
    if (before === null) this.#first = ticket;
    else before.next = ticket;
    if (after === null) this.#last = ticket;
    else after.previous = ticket;
    this.#count(ticket, 1);
  }

  /** Takes one out that is in it. */
  remove(ticket: LaneTicket): void {
    const { previous, next } = ticket;
    if (previous === null) this.#first = next;
    else previous.next = next;
    if (next === null) this.#last = previous;
    else next.previous = previous;
    ticket.previous = ticket.next = null;
    this.#count(ticket, -1);
  }

  #count({ entry, expectedTokens }: LaneTicket, sign: 1 | -1): void {
    this.#calls += sign;
    this.#promptTokens += sign * entry.promptTokens;
    this.#expectedTokens += sign * expectedTokens;
  }
}
