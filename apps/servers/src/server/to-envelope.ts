import { type ErrorEnvelope, errorEnvelope, type TaleErrorCode, taleErrorCodes } from '@tale/protocol';
import { ServerError } from './server-error.js';

const known = new Set<string>(taleErrorCodes);

/**
 * The envelope of any failure. The packages' errors fit by structure (code, retryable and further facts); a gate's refusal
 * becomes its reason; whatever is unknown is `internal`, with its message and without its stack.
 */
export function toEnvelope(error: unknown, source: string): ErrorEnvelope {
  if (error instanceof ServerError) return error.envelope(source);
  const facts: Record<string, unknown> = error instanceof Error || isRecord(error) ? { ...error } : {};
  const message = error instanceof Error ? error.message : String(facts.message ?? error);
  const named = facts.code === 'refused' && typeof facts.reason === 'string' ? facts.reason : facts.code;
  const code = typeof named === 'string' && known.has(named) ? (named as TaleErrorCode) : 'internal';
  return errorEnvelope({
    code,
    message,
    source: typeof facts.source === 'string' ? facts.source : source,
    hint: typeof facts.hint === 'string' ? facts.hint : null,
    retryable: facts.retryable === true,
    retryAfterMs: typeof facts.retryAfterMs === 'number' ? facts.retryAfterMs : null,
    details: detailsOf(facts, code === named ? null : named),
  });
}

/** Facts beside the code; what is wrong with a configuration, and where, is one of them. */
function detailsOf(facts: Record<string, unknown>, formerCode: unknown): Record<string, unknown> {
  if (isRecord(facts.details)) return facts.details;
  const { path, problems, limit } = facts;
  return {
    ...(formerCode ? { code: formerCode } : {}),
    ...(typeof path === 'string' ? { path } : {}),
    ...(Array.isArray(problems) ? { problems } : {}),
    ...(typeof limit === 'number' ? { limit } : {}),
  };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
