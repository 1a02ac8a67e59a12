import type { FailureSequel } from './backend.js';
import type { ErrorEnvelope } from './types.js';

const baseMs = 1_000;
const longestMs = 60_000;

/** Facts that decide what follows an error. */
export interface RetryFacts {
  readonly error: Pick<ErrorEnvelope, 'retryable' | 'retryAfterMs'>;
  /** Number of the attempt that failed, from 1. */
  readonly attempt: number;
  readonly maxAttempts: number;
  readonly nowMs: number;
  /** In [0, 1). */
  readonly random: number;
}

/**
 * Only retryable errors are tried again: after a random part (full jitter) of 1 s × 2ⁿ, at most 60 s, but not before the
 * error's own `retryAfterMs`.
 */
export function decideSequel({ error, attempt, maxAttempts, nowMs, random }: RetryFacts): FailureSequel {
  if (!error.retryable) return { state: 'failed' };
  if (attempt >= maxAttempts) return { state: 'dead' };
  const backoffMs = random * Math.min(longestMs, baseMs * 2 ** (attempt - 1));
  return { state: 'queued', notBeforeMs: Math.ceil(nowMs + Math.max(backoffMs, error.retryAfterMs ?? 0)) };
}
