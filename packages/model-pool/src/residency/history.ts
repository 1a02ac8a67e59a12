import type { ResidencyChange } from '../status.js';

/** The newest changes of what is in memory. */
export class ResidencyHistory {
  readonly #limit: number;
  #changes: ResidencyChange[] = [];

  constructor(limit = 100) {
    this.#limit = limit;
  }

  /** All that are remembered, oldest first. */
  get changes(): readonly ResidencyChange[] {
    return this.#changes;
  }

  /** Adds a change. */
  add(change: ResidencyChange): void {
    this.#changes = [...this.#changes.slice(1 - this.#limit), change];
  }
}
