import type { ErrorEnvelope } from './types.js';

/** Facts of an envelope; what is left out is `null`, `false` or empty. */
export type EnvelopeFacts = { [Field in keyof ErrorEnvelope]?: ErrorEnvelope[Field] | undefined } & {
  code: string;
  message: string;
  source: string;
};

/** A complete envelope from the facts that a case has. */
export function createEnvelope(facts: EnvelopeFacts): ErrorEnvelope {
  const { code, message, hint = null, source, retryable = false, retryAfterMs = null, details = {} } = facts;
  return { code, message, hint, source, retryable, retryAfterMs, details };
}

/** Whether `value` has properties. */
export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;

/**
 * The envelope in `value`, or `null` when it is none: it needs a string `code`, a string `message` and a boolean
 * `retryable`. Missing fields are filled in, so that an error object of any of tale's packages counts as one.
 */
export function readEnvelope(value: unknown, from = 'unknown'): ErrorEnvelope | null {
  if (!isObject(value)) return null;
  const { code, message, hint, source = from, retryable, retryAfterMs, details } = value as Partial<ErrorEnvelope>;
  if (typeof code !== 'string' || typeof message !== 'string' || typeof retryable !== 'boolean') return null;
  return createEnvelope({ code, message, hint, source, retryable, retryAfterMs, details });
}
