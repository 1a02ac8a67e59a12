import type { ModelPoolError } from '../errors.js';
import { poolError } from './call-error.js';

/** The error for a call that a gate refused, at its start or on the way; the gate's own code becomes the reason. */
export function refusal(error: unknown): ModelPoolError {
  const facts = error as { code?: unknown; message?: unknown; retryable?: unknown; retryAfterMs?: unknown };
  return poolError('refused', typeof facts?.message === 'string' ? facts.message : 'the gate refused the call', {
    cause: error,
    reason: typeof facts?.code === 'string' ? facts.code : 'refused',
    retryable: facts?.retryable === true,
    retryAfterMs: typeof facts?.retryAfterMs === 'number' ? facts.retryAfterMs : null,
  });
}
