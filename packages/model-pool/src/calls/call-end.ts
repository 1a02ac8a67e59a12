import type { ModelPoolError } from '../errors.js';
import type { CallEnd, CallStart, CallTiming, CallUsage } from '../types.js';
import { toCallError } from './call-error.js';

/** What an attempt ended with. */
export interface CallEndView {
  /** Its first event. */
  readonly start: CallStart;
  /** Digest of the model's files, as known by now. */
  readonly modelDigest: string | null;
  /** Why it failed; `null` = it did not. */
  readonly error: ModelPoolError | null;
  /** Whether the gate refused it at its start. */
  readonly isRefused: boolean;
  /** Why the model stopped. */
  readonly finishReason: 'stop' | 'length' | 'tool-calls';
  /** Tokens. */
  readonly usage: CallUsage;
  /** Times. */
  readonly timing: CallTiming;
  /** Name of the model that failed before. */
  readonly fallbackFrom: string | null;
  /** Name of the model that covered. */
  readonly coveredBy: string | null;
}

function statusOf({ error, isRefused }: CallEndView): CallEnd['status'] {
  if (error === null) return 'ok';
  if (isRefused) return 'refused';
  // A gate that refuses on the way aborts what had begun.
  return error.code === 'aborted' || error.code === 'refused' ? 'aborted' : 'error';
}

/** The last event of an attempt. Every field is named: a spread of so many costs as much as the rest of a call's own time. */
export function buildCallEnd(view: CallEndView): CallEnd {
  const { start, error, usage, timing, fallbackFrom, coveredBy } = view;
  return {
    type: 'call-end',
    callId: start.callId,
    requestId: start.requestId,
    attempt: start.attempt,
    startedAtMs: start.startedAtMs,
    role: start.role,
    lane: start.lane,
    operation: start.operation,
    backend: start.backend,
    provider: start.provider,
    model: start.model,
    modelDigest: view.modelDigest,
    estimatedInputTokens: start.estimatedInputTokens,
    maxOutputTokens: start.maxOutputTokens,
    labels: start.labels,
    endedAtMs: start.startedAtMs + Math.round(timing.durationMs),
    status: statusOf(view),
    finishReason: error === null ? view.finishReason : null,
    usage,
    timing,
    fallbackFrom,
    coveredBy,
    error: error === null ? null : toCallError(error),
  };
}
