import type { Decision } from '../events.js';

/** The newest decisions, in a ring. */
export class DecisionLog {
  readonly #limit: number;
  readonly #onDecision: (decision: Decision) => void;
  readonly #now: () => number;
  #ring: Decision[] = [];
  #count = 0;

  constructor(now: () => number, onDecision: (decision: Decision) => void, limit = 1000) {
    this.#now = now;
    this.#onDecision = onDecision;
    this.#limit = limit;
  }

  /** Adds a decision. */
  add(decision: Omit<Decision, 'id' | 'atMs'>): void {
    const entry: Decision = { id: this.#count + 1, atMs: Math.round(this.#now()), ...decision };
    this.#ring[this.#count % this.#limit] = entry;
    this.#count += 1;
    this.#onDecision(entry);
  }

  /** Those of a request, given its id or that of one of its attempts; oldest first. */
  find(id: string): Decision[] {
    const start = this.#count % this.#limit;
    const ordered =
      this.#count <= this.#limit ? this.#ring : [...this.#ring.slice(start), ...this.#ring.slice(0, start)];
    const requestId = ordered.find((decision) => decision.callId === id)?.requestId ?? id;
    return ordered.filter((decision) => decision.requestId === requestId);
  }
}
