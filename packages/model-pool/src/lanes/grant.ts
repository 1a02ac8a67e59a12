import type { Lane } from '../types.js';

/** Lanes in their order. */
export const lanes: readonly Lane[] = ['ux', 'planning', 'background'];

/** A planning call that waited longer is served although others are more urgent, ms. */
export const agingMs = 30_000;

/** A call in its lane. */
export interface LaneEntry {
  /** Unique. */
  readonly id: string;
  /** Its lane. */
  readonly lane: Lane;
  /** Which model of which server it waits for. */
  readonly slot: string;
  /** How many calls that model takes at a time. */
  readonly slots: number;
  /** Which machine computes. */
  readonly device: string;
  /** Monotonic ms. */
  readonly enteredMs: number;
}

/** What a choice depends on. */
export interface GrantView {
  /** Monotonic ms. */
  readonly nowMs: number;
  /** The first waiting entry of each lane for one slot. */
  readonly heads: Readonly<Partial<Record<Lane, LaneEntry>>>;
  /** Whether a ux call runs on the slot's device. */
  readonly isUxRunning: boolean;
  /** Grants of the slot since an old planning call had one. */
  readonly grantsSinceAged: number;
}

/** A choice. */
export interface Grant {
  /** Who goes. */
  readonly entry: LaneEntry;
  /** Why. */
  readonly reason: 'first' | 'aged';
}

/** An entry that may not start yet and when that changes by time alone. */
export interface Hold {
  /** Ms until the choice has to be made again; `null` = only an event changes it. */
  readonly recheckMs: number | null;
}

/**
 * Who gets a free slot: ux always; a planning call older than 30 s takes every third grant; while a ux call runs on the
 * device no younger planning call starts, and no background call at all.
 */
export function chooseGrant({ nowMs, heads, isUxRunning, grantsSinceAged }: GrantView): Grant | Hold {
  const { ux, planning, background } = heads;
  const ageMs = planning === undefined ? 0 : nowMs - planning.enteredMs;
  const isAged = planning !== undefined && ageMs > agingMs;
  if (isAged && (ux === undefined || grantsSinceAged >= 2)) return { entry: planning, reason: 'aged' };
  if (ux !== undefined) return { entry: ux, reason: 'first' };
  if (planning !== undefined)
    return isUxRunning ? { recheckMs: agingMs - ageMs + 1 } : { entry: planning, reason: 'first' };
  if (background !== undefined && !isUxRunning) return { entry: background, reason: 'first' };
  return { recheckMs: null };
}
