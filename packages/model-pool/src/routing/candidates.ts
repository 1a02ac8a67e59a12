import type { ModelState } from '../status.js';
import type { Role } from '../types.js';

/** What a call needs of its model, by the names that servers use. */
export type Capability = 'completion' | 'tools' | 'embedding';

/** A candidate of a call as it is now. */
export interface CandidateView {
  /** Name in the configuration. */
  readonly name: string;
  /** `own` = the role names it; `stand-in` = it answers while the role's own may not be loaded; `cover` = it answers when nobody else can. */
  readonly part: 'own' | 'stand-in' | 'cover';
  /** State in memory. */
  readonly state: ModelState;
  /** Whether it is in memory for the sake of another role: that is no reason to prefer it for this one. */
  readonly isBorrowed: boolean;
  /** Context, tokens. */
  readonly contextTokens: number;
  /** What it can do; `null` = not known, which counts as everything. */
  readonly capabilities: readonly string[] | null;
  /** Whether its server has it; `null` = not known. */
  readonly isInstalled: boolean | null;
  /** Whether its server is given a rest after failures. */
  readonly isBackendOpen: boolean;
  /** How long its server asked to be left alone, ms. */
  readonly pausedMs: number;
  /** How long it is not loaded again after a failed load, ms. */
  readonly coolDownMs: number;
  /** Why this call does not want it any more; `null` = it does. */
  readonly failedWith: string | null;
}

/** What a route depends on. */
export interface RouteView {
  /** The role that was asked for. */
  readonly role: Role;
  /** What the call needs. */
  readonly needs: readonly Capability[];
  /** Estimated tokens of the prompt; of the longest of several texts to embed. */
  readonly promptTokens: number;
  /** Tokens that the caller wants at most; 0 = it did not say. */
  readonly wantedTokens: number;
  /** The candidate that the caller prefers; `null` = none. */
  readonly preferred: string | null;
  /** In the configured order. */
  readonly candidates: readonly CandidateView[];
}
