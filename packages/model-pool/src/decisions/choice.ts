import type { RejectedOption } from '../events.js';

/** What a pure function of the table of decisions says: who was taken, who was not and why. */
export interface Choice {
  /** What was chosen; `null` = nothing could be. */
  readonly chosen: string | null;
  /** What was not chosen. */
  readonly rejected: readonly RejectedOption[];
}

/** Nobody else was there. */
export const noneRejected: readonly RejectedOption[] = Object.freeze([]);

/** A choice without alternatives. */
export function choose(chosen: string | null, rejected: readonly RejectedOption[] = noneRejected): Choice {
  return { chosen, rejected };
}
