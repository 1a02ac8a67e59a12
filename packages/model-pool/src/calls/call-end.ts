import type { ModelPoolError } from '../errors.js';
import type { CallEnd, CallStart, CallTiming, CallUsage } from '../types.js';
import { toCallError } from './call-error.js';

/** What an attempt ended with. */
export interface CallEndView {
  /** Its first event. */
  readonly start: CallStart;
  /** Why it failed; `null` = it did not. */
  readonly error: ModelPoolError | null;
  /** Whether the gate refused it at its start. */
  readonly isRefused: boolean;
  /** Why the model stopped. */
  readonly finishReason: 'stop' | 'length';
  /** Tokens. */
  readonly usage: CallUsage;
  /** Times. */
  readonly timing: CallTiming;
  /** Name of the model that failed before. */
  readonly fallbackFrom: string | null;
}

function statusOf({ error, isRefused }: CallEndView): CallEnd['status'] {
  if (error === null) return 'ok';
  if (isRefused) return 'refused';
  // A gate that refuses on the way aborts what had begun.
  return error.code === 'aborted' || error.code === 'refused' ? 'aborted' : 'error';
}

/** The last event of an attempt. */
export function buildCallEnd(view: CallEndView): CallEnd {
  const { start, error, usage, timing, fallbackFrom } = view;
  return {
    ...start,
    type: 'call-end',
    endedAtMs: start.startedAtMs + Math.round(timing.durationMs),
    status: statusOf(view),
    finishReason: error === null ? view.finishReason : null,
    usage,
    timing,
    fallbackFrom,
    coveredBy: null,
    error: error === null ? null : toCallError(error),
  };
}
