import type { Clock, Database, LeaseClock, Nudge } from '../../types.js';

/** What the writes of this backend know beside their arguments. */
export interface WriteContext {
  readonly clock: Clock;
  readonly leaseClock: LeaseClock;
  readonly agingMs: number;
  readonly daemonId: string | null;
}

/** Result of a write and whom to tell once it is committed. */
export interface Written<Result> {
  readonly result: Result;
  readonly nudges: readonly Nudge[];
}

/** A write inside a transaction. */
export type Write<Result> = (trx: Database, context: WriteContext) => Promise<Written<Result>>;
