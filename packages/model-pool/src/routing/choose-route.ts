import { type Choice, choose } from '../decisions/choice.js';
import type { RejectedOption } from '../events.js';
import type { ModelState } from '../status.js';
import type { CandidateView, Capability, RouteView } from './candidates.js';

/**
 * A model without it cannot answer such a call. `embedding` is no such thing: servers make vectors with every model, so it
 * is only preferred.
 */
const demanded: ReadonlySet<Capability> = new Set<Capability>(['completion', 'tools']);

/** A server that lists nothing says nothing. */
const has = ({ capabilities }: CandidateView, capability: Capability) =>
  capabilities === null || capabilities.length === 0 || capabilities.includes(capability);

/** The demanded capabilities that a candidate does not have. */
export function missingCapabilities(candidate: CandidateView, needs: readonly Capability[]): readonly Capability[] {
  return needs.filter((capability) => demanded.has(capability) && !has(candidate, capability));
}

function refuse(candidate: CandidateView, view: RouteView): string | null {
  if (candidate.failedWith !== null) return candidate.failedWith;
  if (candidate.isBackendOpen) return 'backend-down';
  if (candidate.isInstalled === false) return 'model-missing';
  if (missingCapabilities(candidate, view.needs).length > 0) return 'capability-missing';
  if (candidate.contextTokens < view.promptTokens) return 'context-too-long';
  return candidate.coolDownMs > 0 && candidate.state !== 'resident' ? 'load-failed' : null;
}

const order: Readonly<Record<ModelState, number>> = { resident: 0, loading: 1, absent: 2, evicting: 2, failed: 3 };

/** One that has to be waited for comes as late as one that is being loaded. */
function readiness({ state, isBorrowed, pausedMs }: CandidateView): number {
  if (isBorrowed) return Math.max(order[state], order.absent);
  return pausedMs > 0 ? Math.max(order[state], order.loading) : order[state];
}

/** What a candidate is compared by, the weightiest first; less is better. */
type Rank = readonly [part: number, fit: number, preference: number, readiness: number];

const isShort = ({ contextTokens }: CandidateView, { promptTokens, wantedTokens }: RouteView) =>
  contextTokens < promptTokens + wantedTokens;

function rankOf(candidate: CandidateView, view: RouteView, hasStandIn: boolean): Rank {
  const { name, part, state } = candidate;
  // While somebody stands in, the role's own models may not be loaded: one that is not there comes after it.
  const isHeldBack = hasStandIn && part === 'own' && state !== 'resident';
  const lacksWish = view.needs.some((capability) => !has(candidate, capability));
  return [
    part === 'cover' ? 2 : isHeldBack ? 1 : 0,
    (isShort(candidate, view) ? 2 : 0) + (lacksWish ? 1 : 0),
    name === view.preferred ? 0 : 1,
    part === 'stand-in' ? order.loading : readiness(candidate),
  ];
}

/** The first part in which two ranks differ; -1 = in none. */
const firstDifference = (left: Rank, right: Rank) => left.findIndex((part, index) => part !== right[index]);

const isBetter = (left: Rank, right: Rank) => {
  const at = firstDifference(left, right);
  return at >= 0 && (left[at] as number) < (right[at] as number);
};

/** Why a candidate came after the one that was taken. */
function lostBy(at: number, loser: CandidateView, winner: CandidateView, view: RouteView): string {
  switch (at) {
    case 0:
      return loser.part === 'cover' ? 'it only helps out' : `${winner.name} stands in`;
    case 1:
      return isShort(loser, view) ? 'its context is short for the whole answer' : 'another is made for it';
    case 2:
      return 'another is preferred by the caller';
    case 3:
      return loser.pausedMs > 0 ? 'its server asked for a pause' : `${loser.state}, another is ${winner.state}`;
    default:
      return 'not needed';
  }
}

/**
 * Filters the candidates of a call and takes the best of the rest: one whose context takes the whole answer, the one that
 * the caller prefers, then resident before loading before loadable; ties by the configured order. A model that stands in
 * comes before those of the role that are not there; one that covers comes last.
 */
export function chooseRoute(view: RouteView): Choice {
  const { candidates, preferred } = view;
  const hasStandIn = candidates.some(({ part }) => part === 'stand-in');
  const ranks = candidates.map((candidate) => rankOf(candidate, view, hasStandIn));
  const refusals = candidates.map((candidate) => refuse(candidate, view));
  let best = -1;
  ranks.forEach((rank, index) => {
    if (refusals[index] === null && (best < 0 || isBetter(rank, ranks[best] as Rank))) best = index;
  });
  const winner = candidates[best];
  const rejected: RejectedOption[] = [];
  for (const [index, candidate] of candidates.entries()) {
    if (index === best) continue;
    const at = winner === undefined ? -1 : firstDifference(ranks[index] as Rank, ranks[best] as Rank);
    const reason = refusals[index] ?? lostBy(at, candidate, winner as CandidateView, view);
    rejected.push({ option: candidate.name, reason });
  }
  if (preferred !== null && !candidates.some(({ name }) => name === preferred))
    rejected.push({ option: preferred, reason: 'no candidate of the role' });
  return choose(winner?.name ?? null, rejected);
}
