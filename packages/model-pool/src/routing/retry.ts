import { type Choice, noneRejected } from '../decisions/choice.js';
import type { ModelPoolErrorCode } from '../errors.js';

/** Most attempts of a call. */
export const attemptLimit = 3;

/** The longest pause that a server may ask for, ms. */
export const longestPauseMs = 30_000;

/** Back-off of a busy server that names no time: full jitter between these, ms. */
const jitterMs = { least: 100, most: 2_000 } as const;

/** What the next step after a failed attempt depends on. */
export interface FailureView {
  /** The failure. */
  readonly code: ModelPoolErrorCode;
  /** The candidate that failed. */
  readonly name: string;
  /** The candidate that would be asked instead; `null` = none is left. */
  readonly next: string | null;
  /** Whether that one would answer without a load or a pause. */
  readonly isNextReady: boolean;
  /** Whether that one is on another server, which a wrong key or address of this one does not concern. */
  readonly isNextElsewhere: boolean;
  /** Attempts so far, this one included. */
  readonly attempts: number;
  /** Attempts on this candidate, this one included. */
  readonly triesHere: number;
  /** Whether text was sent to the caller. */
  readonly hasText: boolean;
  /** Whether the caller allows that text to be dropped. */
  readonly replayable: boolean;
  /** How long the server asked to be left alone, ms; `null` = it did not say. */
  readonly retryAfterMs: number | null;
  /** What is left of the call's time, ms; `null` = it has no deadline. */
  readonly remainingMs: number | null;
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
export interface NextStep extends Choice {
  /** The same candidate again, another one, or none. */
  readonly action: 'retry' | 'fallback' | 'fail';
  /** Before it, ms. */
  readonly delayMs: number;
  /** Whether the whole server is left alone for that time; the call then waits in its lane. */
  readonly isPause: boolean;
  /** Whether the model is loaded anew before it. */
  readonly reload: boolean;
}

const plain = { delayMs: 0, isPause: false, reload: false } as const;

function fail({ name, next }: FailureView, code: string, why: string): NextStep {
  const rejected = [{ option: name, reason: code }];
  if (next !== null) rejected.push({ option: next, reason: why });
  return { ...plain, action: 'fail', chosen: null, rejected };
}

/** Another candidate, if one is left. */
function moveOn(view: FailureView): NextStep {
  const { next, name, code } = view;
  if (next === null) return fail(view, code, '');
  return { ...plain, action: 'fallback', chosen: next, rejected: [{ option: name, reason: code }] };
}

function retry(
  { name, next }: FailureView,
  more: Partial<Pick<NextStep, 'delayMs' | 'isPause' | 'reload'>> = {},
): NextStep {
  const rejected = next === null ? noneRejected : [{ option: next, reason: 'the same model is tried again' }];
  return { ...plain, ...more, action: 'retry', chosen: name, rejected };
}

/**
 * A busy server. It is asked at most three times, twice where another candidate is left for the third attempt. Where it names
 * a time, all its calls wait that long in their lane; a candidate that is ready at once is asked instead of a wait longer than
 * the longest back-off. A wait beyond the deadline is none.
 */
function afterOverload(view: FailureView): NextStep {
  const { next, isNextReady, triesHere, retryAfterMs, remainingMs, random } = view;
  const isNamed = retryAfterMs !== null && retryAfterMs > 0;
  const delayMs = isNamed
    ? Math.min(longestPauseMs, retryAfterMs)
    : Math.round(jitterMs.least + random * (jitterMs.most - jitterMs.least));
  const isTooLate = remainingMs !== null && delayMs >= remainingMs;
  if (isTooLate || triesHere >= (next === null ? attemptLimit : attemptLimit - 1)) return moveOn(view);
  if (isNextReady && delayMs > jitterMs.most) return moveOn(view);
  return retry(view, { delayMs, isPause: isNamed });
}

/** What to do after a failed attempt; one row per failure of the table in the package's specification. */
export function decideNextStep(view: FailureView): NextStep {
  const { code, next, triesHere, random } = view;
  if (view.attempts >= attemptLimit) return fail(view, code, `${attemptLimit} attempts are the limit`);
  if (view.hasText) return view.replayable ? moveOn(view) : fail(view, code, 'text was sent already');
  switch (code) {
    case 'overloaded':
      return afterOverload(view);
    case 'backend-down': {
      // A broken connection may have been an idle one that the server closed at this moment.
      const delayMs = Math.round(jitterMs.least + random * (jitterMs.most - jitterMs.least));
      return next === null && !view.refused && triesHere < 2 ? retry(view, { delayMs }) : moveOn(view);
    }
    case 'load-failed':
    case 'load-timeout':
      return triesHere < 2 ? retry(view) : moveOn(view);
    case 'first-token-timeout':
      return view.mayHaveLeaked && triesHere < 2 ? retry(view, { reload: true }) : moveOn(view);
    case 'rejected':
      return view.isEmbed && triesHere < 2 ? retry(view) : fail(view, code, 'the request is wrong');
    case 'model-missing':
    case 'memory-insufficient':
    case 'capability-missing':
    case 'context-too-long':
    case 'stalled':
    case 'stream-broken':
      return moveOn(view);
    case 'aborted':
    case 'refused':
      return fail(view, code, 'the call was ended');
    case 'configuration':
      return view.isNextElsewhere ? moveOn(view) : fail(view, code, 'it is on the same server');
  }
}
