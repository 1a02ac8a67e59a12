import type { IncomingMessage, ServerResponse } from 'node:http';
import { poolError, toCallError } from '../calls/call-error.js';
import { ModelPoolError } from '../errors.js';

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
};

/** Sends a value. */
export function sendJson(response: ServerResponse, status: number, value: object): void {
  if (response.headersSent || response.destroyed) return;
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' });
  response.end(JSON.stringify(value));
}

/** Sends an error as `{ error }` with a status that fits. */
export function sendError(response: ServerResponse, error: unknown, source: string): void {
  const known = toCallError(
    ModelPoolError.isInstance(error)
      ? error
      : poolError('configuration', 'the server failed; its log says why', { cause: error }),
  );
  const { code, message, retryable, retryAfterMs, details } = known;
  const status = ModelPoolError.isInstance(error) ? (statuses[code] ?? 502) : 500;
  sendJson(response, status, { error: { code, message, hint: null, source, retryable, retryAfterMs, details } });
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
