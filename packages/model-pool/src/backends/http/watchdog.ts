import type { Clock } from '../../types.js';

/** Calls back once when nothing happened for too long. Re-arms its timer instead of setting one per chunk. */
export class Watchdog {
  readonly #clock: Clock;
  readonly #onExpire: () => void;
  #limitMs: number;
  #seenMs: number;
  /** When the timer looks next. */
  #dueMs = 0;
  #cancel: (() => void) | null = null;

  constructor(clock: Clock, limitMs: number, onExpire: () => void) {
    this.#clock = clock;
    this.#onExpire = onExpire;
    this.#limitMs = limitMs;
    this.#seenMs = clock.monotonicMs();
    this.#arm(limitMs);
  }

  /** Something happened. */
  touch(): void {
    this.#seenMs = this.#clock.monotonicMs();
  }

  /** Something happened; from now on another limit holds. */
  change(limitMs: number): void {
    this.touch();
    this.#limitMs = limitMs;
    // A timer that looks sooner arms itself again.
    if (this.#cancel !== null && this.#dueMs <= this.#seenMs + limitMs) return;
    this.#cancel?.();
    this.#arm(limitMs);
  }

  /** Never calls back from now on. */
  stop(): void {
    this.#cancel?.();
    this.#cancel = null;
  }

  #arm(delayMs: number): void {
    this.#dueMs = this.#clock.monotonicMs() + delayMs;
    this.#cancel = this.#clock.after(delayMs, () => this.#check());
  }

  #check(): void {
    this.#cancel = null;
    const restMs = this.#seenMs + this.#limitMs - this.#clock.monotonicMs();
    if (restMs <= 0) this.#onExpire();
    else this.#arm(restMs);
  }
}
