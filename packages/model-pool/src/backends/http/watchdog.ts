import type { Clock } from '../../types.js';

/** Calls back once when nothing happened for too long. Re-arms its timer instead of setting one per chunk. */
export class Watchdog {
  readonly #clock: Clock;
  readonly #onExpire: () => void;
  #limitMs: number;
  #seenMs: number;
  #cancel: () => void;

  constructor(clock: Clock, limitMs: number, onExpire: () => void) {
    this.#clock = clock;
    this.#onExpire = onExpire;
    this.#limitMs = limitMs;
    this.#seenMs = clock.monotonicMs();
    this.#cancel = clock.after(limitMs, () => this.#check());
  }

  /** Something happened. */
  touch(): void {
    this.#seenMs = this.#clock.monotonicMs();
  }

  /** Something happened; from now on another limit holds. */
  change(limitMs: number): void {
    this.touch();
    this.#limitMs = limitMs;
    this.#cancel();
    this.#cancel = this.#clock.after(limitMs, () => this.#check());
  }

  /** Never calls back from now on. */
  stop(): void {
    this.#cancel();
  }

  #check(): void {
    const restMs = this.#seenMs + this.#limitMs - this.#clock.monotonicMs();
    if (restMs <= 0) this.#onExpire();
    else this.#cancel = this.#clock.after(restMs, () => this.#check());
  }
}
