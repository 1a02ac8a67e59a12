import { cleanText } from './clean-text.js';
import type { ErrorEnvelope, JsonObject } from './types.js';

const longestMessage = 10_000;

/**
 * Any thrown value as an envelope. Facts are taken from fields of the error (`code`, `hint`, `source`, `retryable`,
 * `retryAfterMs`, `details`) where they have the right type; `source` is the default for who failed.
 */
export function toErrorEnvelope(thrown: unknown, source: string): ErrorEnvelope {
  const facts = (typeof thrown === 'object' && thrown !== null ? thrown : {}) as Record<string, unknown>;
  const text = thrown instanceof Error ? thrown.message : String(thrown);
  const known = typeof facts.code === 'string' && /^[a-z][a-z0-9-]{0,63}$/.test(facts.code);
  const details = toJsonObject(facts.details);
  return {
    code: known ? (facts.code as string) : 'handler-failed',
    message: cleanText(text.slice(0, longestMessage)),
    hint: typeof facts.hint === 'string' ? cleanText(facts.hint) : null,
    source: typeof facts.source === 'string' ? cleanText(facts.source) : source,
    retryable: facts.retryable === true,
    retryAfterMs: isDuration(facts.retryAfterMs) ? facts.retryAfterMs : null,
    details: known || typeof facts.code !== 'string' ? details : { ...details, code: facts.code },
  };
}

function isDuration(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0;
}

function toJsonObject(value: unknown): JsonObject {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return {};
  try {
    return JSON.parse(JSON.stringify(value)) as JsonObject;
  } catch {
    return {}; // cyclic, or a toJSON that throws: the message has to do
  }
}
