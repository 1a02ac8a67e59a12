import type { ErrorEnvelope } from '@tale/protocol';
import { SupervisorError } from '@tale/supervisor';
import { toEnvelope } from '../server/to-envelope.js';

/** The envelope of a failed start, with what the server itself said last about it. */
export function explainFailure(error: unknown): ErrorEnvelope {
  const envelope = toEnvelope(error, 'supervisor');
  if (!SupervisorError.isInstance(error)) return envelope;
  const said = error.lastLines.map(readFailure).findLast((failure) => failure !== null);
  if (!said) return { ...envelope, details: { ...envelope.details, lastLines: error.lastLines } };
  return { ...envelope, message: `${error.server}: ${said.message}`, hint: said.hint ?? envelope.hint };
}

/** What a log line says about a failure; `null` for any other line. */
function readFailure(line: string): { message: string; hint: string | null } | null {
  try {
    const { error } = JSON.parse(line) as { error?: { message?: unknown; hint?: unknown } };
    if (typeof error?.message !== 'string') return null;
    return { message: error.message, hint: typeof error.hint === 'string' ? error.hint : null };
  } catch {
    return null; // plain text
  }
}
