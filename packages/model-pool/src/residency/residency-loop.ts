import type { Clock } from '../types.js';

/** What the loop is made of. */
export interface ResidencyLoopOptions {
  /** One round. Resolves with whether all is as it should be; its signal ends it and the loads that only it waits for. */
  readonly look: (signal: AbortSignal) => Promise<boolean>;
  /** Called after each round. */
  readonly onRound: () => void;
  /** Whether calls run or wait. */
  readonly isBusy: () => boolean;
  /** Sleep with and without work, ms. */
  readonly busyMs: number;
  readonly idleMs: number;
  /** Time. */
  readonly clock: Clock;
}

/**
 * Looks at the servers again and again: residency is restored, not assumed, because a server's pin is soft. One round at a
 * time; a wake during a round starts the next one right after it.
 */
export class ResidencyLoop {
  readonly #options: ResidencyLoopOptions;
  readonly #controller = new AbortController();
  #round: Promise<boolean> | null = null;
  #again = false;
  #cancelTimer: (() => void) | null = null;
  #isStarted = false;

  constructor(options: ResidencyLoopOptions) {
    this.#options = options;
  }

  /** Whether it was started. */
  get isStarted(): boolean {
    return this.#isStarted;
  }

  /** Makes the first round, whose loads go on in the background, and starts the timer. */
  async start(): Promise<void> {
    this.#isStarted = true;
    await this.#run();
  }

  /** Makes a round now. */
  wake(): void {
    if (!this.#isStarted || this.#controller.signal.aborted) return;
    if (this.#round === null) void this.#run();
    else this.#again = true;
  }

  /** Ends the loop and the loads that only it waits for. */
  async close(): Promise<void> {
    this.#controller.abort(new Error('the pool is closed'));
    this.#cancelTimer?.();
    await this.#round;
  }

  async #run(): Promise<void> {
    const { clock, busyMs, idleMs, isBusy, look, onRound } = this.#options;
    const { signal } = this.#controller;
    this.#cancelTimer?.();
    this.#round ??= look(signal).finally(() => {
      this.#round = null;
    });
    const isCalm = await this.#round;
    if (signal.aborted) return;
    onRound();
    if (this.#again) {
      this.#again = false;
      return this.#run();
    }
    this.#cancelTimer?.();
    this.#cancelTimer = clock.after(isBusy() || !isCalm ? busyMs : idleMs, () => void this.#run());
  }
}
