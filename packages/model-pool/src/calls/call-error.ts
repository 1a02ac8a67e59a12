import { ModelPoolError, type ModelPoolErrorCode, type ModelPoolErrorOptions } from '../errors.js';
import type { CallError } from '../types.js';

/** Whether a failure can pass by itself, by code. */
const passes: Readonly<Record<ModelPoolErrorCode, boolean>> = {
  overloaded: true,
  'model-missing': false,
  'memory-insufficient': true,
  'load-failed': true,
  'load-timeout': true,
  'first-token-timeout': true,
  stalled: true,
  'stream-broken': true,
  'backend-down': true,
  'context-too-long': false,
  'capability-missing': false,
  rejected: false,
  refused: false,
  aborted: false,
  configuration: false,
};

/** An error whose `retryable` follows from its code. */
export function poolError(
  code: ModelPoolErrorCode,
  message: string,
  options: ModelPoolErrorOptions = {},
): ModelPoolError {
  return new ModelPoolError(code, message, { retryable: passes[code], ...options });
}

/** The same error with more facts; facts that it has already stay. */
export function withFacts(error: ModelPoolError, facts: ModelPoolErrorOptions): ModelPoolError {
  return new ModelPoolError(error.code, error.message, {
    cause: error.cause,
    retryable: error.retryable,
    retryAfterMs: error.retryAfterMs ?? facts.retryAfterMs,
    backend: error.backend ?? facts.backend,
    model: error.model ?? facts.model,
    attempt: error.attempt ?? facts.attempt,
    partialText: error.partialText ?? facts.partialText,
    reason: error.reason ?? facts.reason,
    hint: error.hint ?? facts.hint,
    details: { ...facts.details, ...error.details },
  });
}

/** The error as events and the wire carry it. What is no error of this package is a `stream-broken`. */
export function toCallError(error: unknown): CallError {
  const known = ModelPoolError.isInstance(error)
    ? error
    : poolError('stream-broken', error instanceof Error ? error.message : String(error), { cause: error });
  const { code, message, retryable, retryAfterMs, backend, model, attempt, partialText, reason, hint } = known;
  const details = hint === null ? known.details : { ...known.details, hint };
  return { code, message, retryable, retryAfterMs, backend, model, attempt, partialText, reason, details };
}

/** The error that {@link toCallError} was made of, without its cause. */
export function fromCallError(error: CallError): ModelPoolError {
  const { code, message, ...facts } = error;
  const { hint, ...details } = facts.details;
  const known = typeof hint === 'string' ? { ...facts, hint, details } : facts;
  return new ModelPoolError(code in passes ? (code as ModelPoolErrorCode) : 'stream-broken', message, known);
}
