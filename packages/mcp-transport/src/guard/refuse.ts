import type { IncomingMessage, ServerResponse } from 'node:http';
import { createEnvelope } from '../envelope.js';
import type { ErrorEnvelope } from '../types.js';

/** An answer that ends a request before its handler. */
export interface Refusal {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
  readonly retryAfterMs?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

/** How long a refused sender may go on sending before its connection is closed. */
const lingerMs = 500;

/** Writes `{ error: ErrorEnvelope }`, or another body, with the status; the caller ends the response. */
export function answerError(
  response: ServerResponse,
  status: number,
  error: ErrorEnvelope,
  headers = {},
  shape: object = { error },
): void {
  if (response.headersSent) return void response.destroy();
  const body = JSON.stringify(shape);
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    ...(error.retryAfterMs === null ? {} : { 'retry-after': String(Math.ceil(error.retryAfterMs / 1_000)) }),
    ...headers,
  });
  response.write(body);
}

/**
 * Refuses a request. A sender that is still sending reads the answer only if the connection lives a little longer, so it
 * is closed when the body ends, and at the latest after half a second.
 */
export function refuse(
  request: IncomingMessage,
  response: ServerResponse,
  refusal: Refusal,
  source: string,
  shapeOf: (error: ErrorEnvelope) => object = (error) => ({ error }),
): void {
  const { status, code, message, hint, retryAfterMs, headers } = refusal;
  const retryable = retryAfterMs !== undefined;
  const error = createEnvelope({ code, message, hint, source, retryable, retryAfterMs });
  const shape = shapeOf(error);
  if (request.complete) {
    answerError(response, status, error, headers, shape);
    response.end();
    return;
  }
  answerError(response, status, error, { connection: 'close', ...headers }, shape);
  const end = () => {
    clearTimeout(timer);
    request.off('end', end);
    request.off('close', end);
    response.end();
  };
  const timer = setTimeout(end, lingerMs);
  request.on('end', end);
  request.on('close', end);
  request.resume();
}
