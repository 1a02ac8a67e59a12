import type { CanaryResult } from '../status.js';

/** What a canary depends on; times in ms. */
export interface CanaryView {
  /** How long a model is left alone; `null` = for ever. */
  readonly canaryMs: number | null;
  /** Whether the model is in memory, can be loaded again and costs nothing. */
  readonly canBeAsked: boolean;
  /** Whether a call uses it. */
  readonly isBusy: boolean;
  /** Since it answered anybody, this question included. */
  readonly silentMs: number;
  /** When it leaves by itself, from now; `null` = it stays. */
  readonly leavesInMs: number | null;
  /** Questions in a row that failed. */
  readonly failures: number;
  /** Since the last question; infinite where there was none. */
  readonly sinceAskedMs: number;
}

/** A question that failed is repeated sooner, ms. */
const repeatMs = 10_000;

/** Whether a model is asked for one token, to see that it still answers. */
export function isCanaryDue(view: CanaryView): boolean {
  const { canaryMs, canBeAsked, isBusy, silentMs, leavesInMs, failures, sinceAskedMs } = view;
  if (canaryMs === null || !canBeAsked || isBusy) return false;
  if (leavesInMs !== null && leavesInMs <= canaryMs) return false;
  return failures > 0 ? sinceAskedMs >= Math.min(repeatMs, canaryMs) : Math.min(silentMs, sinceAskedMs) >= canaryMs;
}

/** Failures in a row after which a model is taken out and loaded again. */
const failureLimit = 2;

/** What the pool's own questions to a model found. */
export class CanaryRecord {
  #last: CanaryResult | null = null;
  #failures = 0;
  #isReloaded = false;

  /** The newest; `null` = none yet. */
  get last(): CanaryResult | null {
    return this.#last;
  }
  /** Failures in a row. */
  get failures(): number {
    return this.#failures;
  }

  /** Takes a result. Returns whether the model is to be loaded again: after two failures, once until it answers. */
  add(result: CanaryResult): boolean {
    this.#last = result;
    if (result.error === null) {
      this.answered();
      return false;
    }
    this.#failures += 1;
    if (this.#failures < failureLimit || this.#isReloaded) return false;
    this.#isReloaded = true;
    return true;
  }

  /** It answered somebody. */
  answered(): void {
    this.#failures = 0;
    this.#isReloaded = false;
  }
}
