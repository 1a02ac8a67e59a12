import type { Progress } from '../types.js';

/**
 * What a repetition can do: `safe` changes nothing, `idempotent` has the effect of one call, of `keyed` calls the server
 * runs one, and `unsafe` is everything else.
 */
export type CallClass = 'safe' | 'idempotent' | 'keyed' | 'unsafe';

/** What is known about repeating an operation. */
export interface RepeatVerdict {
  readonly callClass: CallClass;
  /** Whether the server advertises that it runs equal keys once; its refusals are then known to come before the run. */
  readonly honoursKeys: boolean;
}

/** A request on its way through the chain. */
export interface Operation {
  readonly server: string;
  readonly method: string;
  readonly params: Record<string, unknown>;
  readonly idempotencyKey: string | null;
  /** Asked only when a failure makes the answer matter. */
  readonly verdict: () => Promise<RepeatVerdict>;
  readonly signal: AbortSignal;
  /** From 1; set by the retry link. */
  readonly attempt: number;
  /** Longest wait of one attempt for the answer or the next progress. */
  readonly timeoutMs: number;
  /** Longest time of the whole call. */
  readonly totalMs: number;
  /** When the whole call is over, epoch ms; set by the timeout link. */
  readonly deadlineAtMs: number;
  /** Set by the auth link. */
  readonly token: string | undefined;
  readonly onProgress: ((progress: Progress) => void) | undefined;
}

/** Carries an operation to the server and resolves with the JSON-RPC result. */
export type Send = (operation: Operation) => Promise<Record<string, unknown>>;

/** One concern of the client: a {@link Send} around another. */
export type Link = (next: Send) => Send;
