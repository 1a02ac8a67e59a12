import type { Role } from '../types.js';

/** Longest warm time to the first token of `ux` that a person does not mind, ms. */
export const slowestFirstTokenMs = 1_000;
/** Least rate of writing for `planning`, tokens a second. */
export const leastTokensPerSecond = 3;

/** How many answers a judgement needs. */
const enough = 5;

/** What was measured of a model. */
export interface SpeedView {
  /** Roles that it serves. */
  readonly roles: readonly Role[];
  /** Median of the newest five warm times to the first token of `ux`, ms; `null` = there were fewer. */
  readonly firstTokenMs: number | null;
  /** Learnt rate of writing, tokens a second. */
  readonly tokensPerSecond: number | null;
  /** Answers that the rate was learnt from. */
  readonly answers: number;
}

/** A model that is too slow for a role. */
export interface Slowness {
  /** Which role. */
  readonly role: 'ux' | 'planning';
  /** What was measured: ms to the first token for `ux`, tokens a second for `planning`. */
  readonly measured: number;
  /** What would do, in the same unit. */
  readonly limit: number;
}

/** The roles that a model is too slow for. */
export function judgeSpeed({ roles, firstTokenMs, tokensPerSecond, answers }: SpeedView): Slowness[] {
  const slow: Slowness[] = [];
  if (roles.includes('ux') && firstTokenMs !== null && firstTokenMs > slowestFirstTokenMs)
    slow.push({ role: 'ux', measured: firstTokenMs, limit: slowestFirstTokenMs });
  if (
    roles.includes('planning') &&
    answers >= enough &&
    tokensPerSecond !== null &&
    tokensPerSecond < leastTokensPerSecond
  )
    slow.push({ role: 'planning', measured: tokensPerSecond, limit: leastTokensPerSecond });
  return slow;
}

/** The newest warm times to the first token, ms. */
export class FirstTokens {
  #values: number[] = [];

  /** Adds one. */
  add(valueMs: number): void {
    this.#values = [...this.#values.slice(1 - enough), valueMs];
  }

  /** The median of the newest five; `null` = there are fewer. */
  get medianMs(): number | null {
    if (this.#values.length < enough) return null;
    return [...this.#values].sort((a, b) => a - b)[(enough - 1) / 2] ?? null;
  }
}
