import type { IncomingMessage, ServerResponse } from 'node:http';
import { poolError } from '../calls/call-error.js';
import { ModelPoolError } from '../errors.js';
import type { JsonObject } from '../types.js';

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

/** Sends a value. */
export function sendJson(response: ServerResponse, status: number, value: object): void {
  if (response.headersSent || response.destroyed) return;
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' });
  response.end(JSON.stringify(value));
}

/** The error for the client. What is no error of this package stays in the server: it may tell what is nobody's business. */
export function toEnvelope(error: unknown, source: string): ErrorEnvelope {
  const { code, message, retryable, retryAfterMs, details } = ModelPoolError.isInstance(error)
    ? error
    : {
        ...{ code: 'internal', message: 'the server failed; its log says why' },
        ...{ retryable: false, retryAfterMs: null, details: {} },
      };
  return { code, message, hint: null, source, retryable, retryAfterMs, details };
}

/** Sends `{ error }` with a status that fits. */
export function sendError(response: ServerResponse, error: ErrorEnvelope): void {
  sendJson(response, statuses[error.code] ?? 502, { error });
}

/** Reads a JSON body. @throws ModelPoolError `rejected` */
export async function readJson(request: IncomingMessage, limitBytes: number): Promise<unknown> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    bytes += part.length;
    if (bytes > limitBytes) throw poolError('rejected', `the body is larger than ${limitBytes} bytes`);
    parts.push(part);
  }
  try {
    return JSON.parse(Buffer.concat(parts).toString('utf8'));
  } catch (cause) {
    throw poolError('rejected', 'the body is not JSON', { cause });
  }
}
