import type { Clock } from '../types.js';

/** Who uses a model, and since when nobody does. */
export class ModelUse {
  readonly #clock: Clock;
  #active = 0;
  #probes = 0;
  #asked = 0;
  /** When the newest request ended, and when its server was asked the last time that it did not have the model. */
  #askedMs = Number.NEGATIVE_INFINITY;
  #missedMs = Number.NEGATIVE_INFINITY;
  #usedMs: number;
  #heardMs: number;
  /** Whether an aborted call may still hold its slot. */
  mayHaveLeaked = false;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#usedMs = this.#heardMs = clock.monotonicMs();
  }

  /** Whether no call uses it; a question of the pool's own is none. */
  get isFree(): boolean {
    return this.#active === 0;
  }
  /** Whether a request for it is on its way: its server brings it into memory for that, whatever happened to it before. */
  get isAsked(): boolean {
    return this.#asked > 0;
  }
  /** Whether a request for it ended after the last look that did not find it. */
  get wasAsked(): boolean {
    return this.#askedMs > this.#missedMs;
  }
  /** How long no call has used it, ms. */
  get idleMs(): number {
    return this.#active > 0 ? 0 : this.#clock.monotonicMs() - this.#usedMs;
  }
  /** How long it has answered nobody, the pool's own questions included, ms. */
  get silentMs(): number {
    return this.#active + this.#probes > 0 ? 0 : this.#clock.monotonicMs() - this.#heardMs;
  }

  /** A call, or a question of the pool's own, begins to use it; the returned function ends that. */
  begin(isProbe: boolean): () => void {
    if (isProbe) this.#probes += 1;
    else this.#active += 1;
    return () => {
      if (isProbe) this.#probes -= 1;
      else {
        this.#active -= 1;
        this.#usedMs = this.#clock.monotonicMs();
      }
    };
  }

  /** A request goes to its server; the returned function ends that. */
  ask(): () => void {
    this.#asked += 1;
    return () => {
      this.#asked -= 1;
      this.#askedMs = this.#clock.monotonicMs();
    };
  }

  /** Its server did not have it at an instant, or later. */
  missed(atMs: number): void {
    this.#missedMs = Math.max(this.#missedMs, atMs);
  }

  /** It answered. */
  answered(): void {
    this.#heardMs = this.#clock.monotonicMs();
    this.mayHaveLeaked = false;
  }

  /** It came into memory. */
  arrived(): void {
    this.answered();
    if (this.isFree) this.#usedMs = this.#heardMs;
  }
}
