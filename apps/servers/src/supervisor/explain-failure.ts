import type { ErrorEnvelope } from '@tale/protocol';
import { SupervisorError } from '@tale/supervisor';
import { couldNotStart } from '../server/run-server.js';
import { toEnvelope } from '../server/to-envelope.js';

/** The envelope of a failed start, with what the server itself said last about it. */
export function explainFailure(error: unknown): ErrorEnvelope {
  const envelope = toEnvelope(error, 'supervisor');
  if (!SupervisorError.isInstance(error)) return envelope;
  const said = error.lastLines.findLast((line) => line.startsWith(couldNotStart));
  if (said === undefined) return { ...envelope, details: { ...envelope.details, lastLines: error.lastLines } };
  const [reason = '', hint = null] = said.slice(couldNotStart.length).split(' · ');
  return { ...envelope, message: `${error.server}: ${reason}`, hint };
}
