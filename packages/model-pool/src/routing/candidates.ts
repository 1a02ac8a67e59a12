import type { RejectedOption } from '../events.js';
import type { ModelState } from '../status.js';

/** A candidate of a role as it is now. */
export interface CandidateView {
  /** Name in the configuration. */
  readonly name: string;
  /** State in memory. */
  readonly state: ModelState;
  /** Whether it is in memory for the sake of another role: that is no reason to prefer it for this one. */
  readonly isBorrowed: boolean;
  /** Context, tokens. */
  readonly contextTokens: number;
  /** Whether its server has it; `null` = not known. */
  readonly isInstalled: boolean | null;
  /** Whether its server is given a rest after failures. */
  readonly isBackendOpen: boolean;
  /** How long it is not loaded again after a failed load, ms. */
  readonly coolDownMs: number;
  /** Why this call does not want it any more; `null` = it does. */
  readonly failedWith: string | null;
}

/** A route. */
export interface Route {
  /** Who is asked; `null` = nobody can be. */
  readonly chosen: string | null;
  /** Who is not, in the configured order. */
  readonly rejected: readonly RejectedOption[];
}

const order: Readonly<Record<ModelState, number>> = { resident: 0, loading: 1, absent: 2, evicting: 2, failed: 3 };

function refuse(candidate: CandidateView, neededTokens: number): string | null {
  if (candidate.failedWith !== null) return candidate.failedWith;
  if (candidate.isBackendOpen) return 'backend-down';
  if (candidate.isInstalled === false) return 'model-missing';
  if (candidate.contextTokens < neededTokens) return 'context-too-long';
  return candidate.coolDownMs > 0 ? 'load-failed' : null;
}

const rank = ({ state, isBorrowed }: CandidateView) =>
  isBorrowed ? Math.max(order[state], order.absent) : order[state];

/** Filters the candidates of a role and takes the first of resident, loading, loadable; ties by the configured order. */
export function chooseRoute(candidates: readonly CandidateView[], neededTokens: number): Route {
  const rejected: RejectedOption[] = [];
  let best: CandidateView | null = null;
  for (const candidate of candidates) {
    const reason = refuse(candidate, neededTokens);
    if (reason !== null) rejected.push({ option: candidate.name, reason });
    else if (best === null) best = candidate;
    else if (rank(candidate) < rank(best)) {
      rejected.push({ option: best.name, reason: `${best.state}, another is ${candidate.state}` });
      best = candidate;
    } else rejected.push({ option: candidate.name, reason: 'not needed' });
  }
  return { chosen: best?.name ?? null, rejected };
}
