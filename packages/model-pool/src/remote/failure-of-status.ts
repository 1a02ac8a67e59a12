import { fromCallError, poolError } from '../calls/call-error.js';
import type { ModelPoolError } from '../errors.js';
import type { CallError } from '../types.js';

/** The error in an answer that is no success: that of its envelope, else what its status says. */
export function failureOfStatus(status: number, body: string): ModelPoolError {
  const envelope = readEnvelope(body);
  if (envelope === null) {
    const details = { status, body: body.slice(0, 200) };
    return poolError(codeOfStatus(status), `the model server answered ${status}`, { details });
  }
  const known = fromCallError(envelope);
  if (known.code === envelope.code) return known;
  const { code, message, retryable, retryAfterMs } = envelope;
  const { hint, details } = known;
  return poolError(code === 'models-unavailable' ? 'model-missing' : codeOfStatus(status), message, {
    ...{ retryable, retryAfterMs, hint },
    details: { status, envelope: { code, hint, details } },
  });
}

function codeOfStatus(status: number): 'backend-down' | 'configuration' | 'rejected' {
  if (status >= 500) return 'backend-down';
  return status === 401 || status === 403 ? 'configuration' : 'rejected';
}

/** The `error` of a body, with what it leaves out; `null` if there is none. */
function readEnvelope(body: string): CallError | null {
  try {
    const { error } = JSON.parse(body) as { error: Partial<CallError> & { readonly hint?: unknown } };
    const { code, message, details, hint } = error;
    if (typeof code !== 'string' || typeof message !== 'string') return null;
    return {
      ...{ backend: null, model: null, attempt: null, partialText: null, reason: null, ...error, code, message },
      retryable: error.retryable === true,
      retryAfterMs: typeof error.retryAfterMs === 'number' ? error.retryAfterMs : null,
      details: {
        ...(typeof details === 'object' && details !== null && details),
        ...(typeof hint === 'string' && { hint }),
      },
    };
  } catch {
    return null;
  }
}
