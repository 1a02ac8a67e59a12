import type { ModelPoolErrorCode } from '../errors.js';

/** Most attempts of a call. */
export const attemptLimit = 3;

/** What the next step after a failed attempt depends on. */
export interface FailureView {
  /** The failure. */
  readonly code: ModelPoolErrorCode;
  /** Attempts so far, this one included. */
  readonly attempts: number;
  /** Attempts on this candidate, this one included. */
  readonly triesHere: number;
  /** Whether text was sent to the caller. */
  readonly hasText: boolean;
  /** Whether the caller allows that text to be dropped. */
  readonly replayable: boolean;
  /** Whether another candidate is left. */
  readonly hasNext: boolean;
  /** What the server asked for, ms. */
  readonly retryAfterMs: number | null;
  /** Whether the connection was refused, rather than broken. */
  readonly refused: boolean;
  /** Whether an aborted call may still hold the server's slot: it helps to load the model again. */
  readonly mayHaveLeaked: boolean;
  /** Whether it was an embedding. */
  readonly isEmbed: boolean;
  /** In [0, 1). */
  readonly random: number;
}

/** The next step. */
export type NextStep =
  | { readonly action: 'retry'; readonly delayMs: number; readonly reload: boolean }
  | { readonly action: 'fallback' }
  | { readonly action: 'fail' };

/** What to do after a failed attempt; one row per failure of the table in the package's specification. */
export function decideNextStep(view: FailureView): NextStep {
  const { code, triesHere, hasNext, random } = view;
  if (view.attempts >= attemptLimit) return { action: 'fail' };
  const next: NextStep = hasNext ? { action: 'fallback' } : { action: 'fail' };
  if (view.hasText) return view.replayable ? next : { action: 'fail' };
  const retry = (delayMs: number, reload = false): NextStep => ({ action: 'retry', delayMs, reload });
  const jitterMs = 100 + random * 1_900;
  switch (code) {
    case 'overloaded':
      return triesHere < 3 ? retry(Math.max(jitterMs, view.retryAfterMs ?? 0)) : next;
    case 'backend-down':
      // A broken connection may have been an idle one that the server closed at this moment.
      return hasNext ? next : !view.refused && triesHere < 2 ? retry(jitterMs) : next;
    case 'load-failed':
    case 'load-timeout':
      return triesHere < 2 ? retry(0) : next;
    case 'first-token-timeout':
      return view.mayHaveLeaked && triesHere < 2 ? retry(0, true) : next;
    case 'rejected':
      return view.isEmbed && triesHere < 2 ? retry(0) : { action: 'fail' };
    case 'model-missing':
    case 'memory-insufficient':
    case 'capability-missing':
    case 'context-too-long':
    case 'stalled':
    case 'stream-broken':
      return next;
    case 'aborted':
    case 'refused':
    case 'configuration':
      return { action: 'fail' };
  }
}
