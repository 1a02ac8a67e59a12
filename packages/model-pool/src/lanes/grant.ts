import { type Choice, noneRejected } from '../decisions/choice.js';
import type { RejectedOption } from '../events.js';
import type { Id, Lane } from '../types.js';

/** Lanes in their order. */
export const lanes: readonly Lane[] = ['ux', 'planning', 'background'];

/**
 * A call that waited longer is served although others are more urgent, ms. Nothing outgrows `ux`; what nobody waits for may
 * wait ten times as long.
 */
export const agingMs: Readonly<Record<Lane, number>> = {
  ux: Number.POSITIVE_INFINITY,
  planning: 30_000,
  background: 300_000,
};

/** One of how many grants goes to a call that grew old. */
const agedShare = 3;

/** A call that asks for its turn. */
export interface LaneRequest {
  /** Id of the attempt. */
  readonly id: Id;
  /** Its lane. */
  readonly lane: Lane;
  /** Name of the model that it waits for. */
  readonly slot: string;
  /** How many calls that model takes at a time. */
  readonly slots: number;
  /** Which machine computes; `null` = one that calls do not slow down. */
  readonly device: string | null;
  /** Monotonic ms. */
  readonly enteredMs: number;
  /** Estimated tokens of its prompt. */
  readonly promptTokens: number;
  /** Most tokens of its answer. */
  readonly limitTokens: number;
}

/** What a call had to wait for when it entered its lane. */
export interface WaitedBehind {
  /** Calls that ran on the model, where all its slots were taken. */
  readonly running: readonly {
    /** The attempt. */
    readonly id: Id;
    /** Its lane. */
    readonly lane: Lane;
  }[];
  /** Calls that waited before it. */
  readonly waiting: number;
  /** Calls of ux that ran on the same machine, where it may not start beside them. */
  readonly uxOnDevice: number;
  /** How long the model's server had asked to be left alone, ms. */
  readonly pausedMs: number;
}

/** A call in its lane. */
export interface LaneEntry extends LaneRequest {
  /** What it had to wait for; `null` = nothing. */
  readonly behind: WaitedBehind | null;
}

/** What a choice depends on. */
export interface GrantView {
  /** Monotonic ms. */
  readonly nowMs: number;
  /** The first waiting entry of each lane for one model. */
  readonly heads: Readonly<Partial<Record<Lane, LaneEntry>>>;
  /** Whether a ux call runs on the model's device. */
  readonly isUxRunning: boolean;
  /** Grants of the model since one of this lane. */
  readonly grantsSince: Readonly<Record<Lane, number>>;
  /** How long the model's server asked to be left alone, ms. */
  readonly pausedMs: number;
}

/** A choice. Nobody is chosen while everybody has to wait. */
export interface Grant extends Choice {
  /** Who goes. */
  readonly entry: LaneEntry | null;
  /** Why. */
  readonly reason: 'first' | 'aged' | null;
  /** Ms until time alone makes another choice; `null` = only an event does. */
  readonly recheckMs: number | null;
}

function grant(entry: LaneEntry, reason: 'first' | 'aged', { heads }: GrantView): Grant {
  let rejected: readonly RejectedOption[] = noneRejected;
  for (const lane of lanes) {
    const other = heads[lane];
    if (other === undefined || other === entry) continue;
    const why = reason === 'aged' ? `a call of ${entry.lane} grew old` : `${entry.lane} goes first`;
    rejected = [...rejected, { option: other.id, reason: why }];
  }
  return { chosen: entry.id, rejected, entry, reason, recheckMs: null };
}

function hold(recheckMs: number | null): Grant {
  return { chosen: null, rejected: noneRejected, entry: null, reason: null, recheckMs };
}

/**
 * Who gets a free slot: ux always; a call that waited too long takes every third grant; while a ux call runs on the device no
 * younger one starts. Nobody goes while the server asked to be left alone.
 */
export function chooseGrant(view: GrantView): Grant {
  const { nowMs, heads, isUxRunning, grantsSince, pausedMs } = view;
  if (pausedMs > 0) return hold(pausedMs);
  let isFirst = true;
  let recheckMs: number | null = null;
  for (const lane of lanes) {
    const entry = heads[lane];
    if (entry === undefined) continue;
    const youngMs = agingMs[lane] - (nowMs - entry.enteredMs);
    const isAged = youngMs < 0;
    if (isAged && (isFirst || grantsSince[lane] >= agedShare - 1)) return grant(entry, 'aged', view);
    isFirst = false;
    if (lane !== 'ux' && !isAged) recheckMs = Math.min(recheckMs ?? Number.POSITIVE_INFINITY, youngMs + 1);
  }
  const next = heads.ux ?? heads.planning ?? heads.background;
  if (next === undefined) return hold(null);
  return next.lane === 'ux' || !isUxRunning ? grant(next, 'first', view) : hold(recheckMs);
}
