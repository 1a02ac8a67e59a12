import type { Clock } from '../types.js';

/** Who uses a model, and since when nobody does. */
export class ModelUse {
  readonly #clock: Clock;
  #active = 0;
  #probes = 0;
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
