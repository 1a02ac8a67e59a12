import type { ModelPoolError, ModelPoolErrorCode } from '../errors.js';
import type { Phase } from './attempt.js';
import { poolError } from './call-error.js';

/** Where a call is: in an attempt, or waiting for the next one. */
export type CallPhase = Phase | 'retry';

const codes: Readonly<Record<Phase, ModelPoolErrorCode>> = {
  queued: 'overloaded',
  gate: 'overloaded',
  loading: 'load-timeout',
  prefill: 'first-token-timeout',
  decode: 'stalled',
};

/** The error of a call whose deadline is over, named for what it was waiting for: between two attempts, for what failed before. */
export function deadlineError(
  deadlineMs: number,
  phase: CallPhase,
  lastCode: ModelPoolErrorCode | null,
): ModelPoolError {
  const code = phase === 'retry' ? (lastCode ?? 'overloaded') : codes[phase];
  return poolError(code, `the call was not over within its ${deadlineMs} ms`, { details: { deadlineMs, phase } });
}
