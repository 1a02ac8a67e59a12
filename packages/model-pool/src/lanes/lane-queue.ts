import type { DecisionLog } from '../decisions/decision-log.js';
import type { Clock } from '../types.js';
import type { LaneRequest } from './grant.js';
import { LaneScheduler } from './scheduler.js';
import type { SlotFacts } from './slot.js';
import type { LaneTicket, LaneWaiter } from './ticket.js';

/** A granted place. */
export class LanePlace {
  readonly #scheduler: LaneScheduler;
  readonly #ticket: LaneTicket;
  /** Why it was granted. */
  readonly reason: 'first' | 'aged';

  constructor(scheduler: LaneScheduler, ticket: LaneTicket, reason: 'first' | 'aged') {
    this.#scheduler = scheduler;
    this.#ticket = ticket;
    this.reason = reason;
  }

  /** Tells how long the answer is so far, tokens: those who wait are told their time by it. */
  wrote(tokens: number): void {
    this.#ticket.writtenTokens = tokens;
  }

  /** Gives the slot back; may be called twice. */
  release(): void {
    this.#scheduler.release(this.#ticket);
  }
}

/** What a queue is made of. */
export interface LaneQueueOptions {
  /** Time. */
  readonly clock: Clock;
  /** Where grants and refusals are kept. */
  readonly decisions: DecisionLog;
  /** What is known of a model and its server. */
  readonly facts: (slot: string) => SlotFacts;
}

/** Who waits, and who ends the waiting. */
export interface LaneWait extends Pick<LaneWaiter, 'requestId' | 'taskId' | 'moved'> {
  /** Whether it had its turn before and goes to the front. */
  readonly isInFront: boolean;
  /** Calls back once the call is to leave; returns how to take that back. */
  readonly onStop: (leave: (reason: unknown) => void) => () => void;
}

/** The scheduler as promises. */
export class LaneQueue {
  readonly scheduler: LaneScheduler;

  constructor({ clock, decisions, facts }: LaneQueueOptions) {
    this.scheduler = new LaneScheduler({
      monotonicMs: () => clock.monotonicMs(),
      after: (delayMs, callback) => clock.after(delayMs, callback),
      facts,
      moved: ({ waiter }, position, etaMs) => waiter.moved(position, etaMs),
      grant: (ticket, inputs, { chosen, rejected, reason }) => {
        const { requestId, taskId } = ticket.waiter;
        decisions.add({ kind: 'grant', requestId, callId: ticket.entry.id, taskId, inputs, chosen, rejected });
        ticket.waiter.granted(ticket, reason ?? 'first');
      },
      refuse: ({ id }, { requestId, taskId }, inputs) =>
        decisions.add({ kind: 'refuse', requestId, callId: id, taskId, inputs, chosen: null, rejected: [] }),
    });
  }

  /** Waits for a place. Rejects with the reason of the stop, or `overloaded`; an entry that is stopped leaves at once. */
  acquire(request: LaneRequest, { requestId, taskId, moved, isInFront, onStop }: LaneWait): Promise<LanePlace> {
    return new Promise((resolve, reject) => {
      let stopListening = () => {};
      const granted: LaneWaiter['granted'] = (ticket, reason) => {
        stopListening();
        resolve(new LanePlace(this.scheduler, ticket, reason));
      };
      const ticket = this.scheduler.enter(request, { requestId, taskId, moved, granted }, isInFront);
      if (ticket.state !== 'waiting') return;
      stopListening = onStop((reason) => {
        this.scheduler.leave(ticket);
        reject(reason);
      });
    });
  }
}
