import type { QueuedWork } from './eta.js';
import { lanes } from './grant.js';
import type { LaneEffects } from './scheduler.js';
import type { LaneSlot } from './slot.js';
import type { LaneTicket } from './ticket.js';

/** How long changes of places are gathered before they are told, ms. */
const gatherMs = 100;

/** Every place up to this one is told, of those behind every tenth. */
const closePlaces = 10;

type TellerEffects = Pick<LaneEffects, 'monotonicMs' | 'after' | 'facts' | 'moved'>;

/** Tells waiting calls where they stand: at once when they come, later all changes of a moment in one walk. */
export class PlaceTeller {
  readonly #effects: TellerEffects;
  readonly #moved = new Set<LaneSlot>();
  #cancel: (() => void) | null = null;

  constructor(effects: TellerEffects) {
    this.#effects = effects;
  }

  /** Tells a call its place, given the work before it. */
  tell(slot: LaneSlot, ticket: LaneTicket, ahead: QueuedWork): void {
    ticket.toldPosition = ahead.calls + 1;
    const etaMs = slot.etaMs(ahead, this.#effects.monotonicMs(), this.#effects.facts(slot.name));
    this.#effects.moved(ticket, ahead.calls + 1, etaMs);
  }

  /** Places of a model changed. */
  changed(slot: LaneSlot): void {
    if (slot.waitingCalls === 0) return;
    this.#moved.add(slot);
    this.#cancel ??= this.#effects.after(gatherMs, () => {
      this.#cancel = null;
      this.#walk();
    });
  }

  /** Times of a model changed although the places did not. */
  renew(slot: LaneSlot): void {
    let left = closePlaces;
    for (const lane of lanes)
      for (let ticket = slot.waiting[lane].first; ticket !== null && left > 0; ticket = ticket.next, left -= 1)
        ticket.toldPosition = 0;
    this.changed(slot);
  }

  /** Stops the timer. */
  close(): void {
    this.#cancel?.();
    this.#cancel = null;
  }

  #walk(): void {
    const slots = [...this.#moved];
    this.#moved.clear();
    for (const slot of slots) {
      const ahead = { calls: 0, promptTokens: 0, expectedTokens: 0 };
      for (const lane of lanes) {
        for (let ticket = slot.waiting[lane].first; ticket !== null; ticket = ticket.next) {
          const position = ahead.calls + 1;
          const isNews = ticket.toldPosition !== position;
          if (isNews && (ticket.toldPosition === 0 || position <= closePlaces || position % closePlaces === 0))
            this.tell(slot, ticket, ahead);
          ahead.calls += 1;
          ahead.promptTokens += ticket.entry.promptTokens;
          ahead.expectedTokens += ticket.expectedTokens;
        }
      }
    }
  }
}
