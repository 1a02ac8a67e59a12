import type { McpTransportError } from '../errors.js';
import type { RepeatVerdict } from './link.js';

/** How far a failed attempt got. `final` failures are the same next time, or the answer itself. */
export type FailurePhase = 'not-sent' | 'refused' | 'may-have-run' | 'final';

/** Facts that decide about a repetition. */
export type FailureFacts = Pick<McpTransportError, 'code' | 'status' | 'retryable'>;

/** The phase of a failure. */
export function phaseOf({ code, status, retryable }: FailureFacts): FailurePhase {
  switch (code) {
    case 'connect':
      return 'not-sent';
    case 'overloaded':
      return status === null ? 'final' : 'refused'; // without a status it is our own queue that is full
    case 'timeout':
    case 'stream-lost':
      return 'may-have-run';
    case 'protocol':
      return status !== null && status >= 500 && retryable ? 'may-have-run' : 'final';
    case 'aborted':
    case 'breaker-open':
    case 'unauthorized':
    case 'forbidden':
    case 'version':
    case 'unknown-tool':
    case 'tool-error':
    case 'input-required':
    case 'too-large':
    case 'closed':
      return 'final';
  }
}

/** Whether an operation may be sent again after a failure of that phase. */
export function isRepeatable(phase: FailurePhase, verdict: RepeatVerdict): boolean {
  if (phase === 'not-sent') return true;
  if (phase === 'final') return false;
  if (verdict.callClass !== 'unsafe') return true;
  return phase === 'refused' && verdict.honoursKeys;
}

/** The longest `Retry-After` that is waited for. */
const longestWaitMs = 30_000;

/** Full jitter: up to 100 ms · 2ⁿ, at most 5 s. A `Retry-After` is kept to; `null` when it asks for too long. */
export function delayMsOf(attempt: number, retryAfterMs: number | null, random: () => number): number | null {
  if (retryAfterMs !== null) return retryAfterMs <= longestWaitMs ? retryAfterMs : null;
  return random() * Math.min(5_000, 100 * 2 ** attempt);
}
