import type { ServerResponse } from 'node:http';
import { ModelPoolError } from '../../errors.js';
import type { JsonObject } from '../../types.js';
import { sendJson } from './send-json.js';

/** The shape of a failure on the wire. */
export interface ErrorEnvelope {
  /** A code of this package, or `internal` for what is no failure of a call. */
  readonly code: string;
  readonly message: string;
  readonly hint: string | null;
  readonly source: string;
  readonly retryable: boolean;
  readonly retryAfterMs: number | null;
  readonly details: JsonObject;
}

/** What is said of a failure that is none of a call: it may tell what is nobody's business. */
export const internalMessage = 'the server failed; its log says why';

const statuses: Readonly<Record<string, number>> = {
  rejected: 400,
  configuration: 400,
  'context-too-long': 400,
  'capability-missing': 400,
  refused: 403,
  'model-missing': 404,
  overloaded: 503,
  'backend-down': 503,
  'memory-insufficient': 503,
  internal: 500,
};

/** The error for the client. What is no error of this package stays in the server. */
export function toEnvelope(error: unknown, source: string): ErrorEnvelope {
  const { code, message, hint, retryable, retryAfterMs, details } = ModelPoolError.isInstance(error)
    ? error
    : { code: 'internal', message: internalMessage, hint: null, retryable: false, retryAfterMs: null, details: {} };
  return { code, message, hint, source, retryable, retryAfterMs, details };
}

/** Answers with `{ error }` and a status that fits. */
export function sendEnvelope(response: ServerResponse, error: unknown, source: string): void {
  const envelope = toEnvelope(error, source);
  sendJson(response, statuses[envelope.code] ?? 502, { error: envelope });
}
