import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createEnvelope } from '../envelope.js';
import type { Logger } from '../types.js';
import { pathOf } from './guard.js';
import { answerError } from './refuse.js';

/** Handles one request; what it throws becomes a 500. */
export type RequestHandler = (request: IncomingMessage, response: ServerResponse) => unknown;

/** Options of {@link createGuardedHttpServer}. */
export interface GuardedHttpServerOptions {
  /** Name of the server in error envelopes. @defaultValue `'server'` */
  readonly source?: string;
  /** Told when the handler throws. @defaultValue silent */
  readonly logger?: Pick<Logger, 'error'>;
}

/**
 * A `node:http` server with the limits that a guarded port needs: headers within 10 s, looked at every 2 s; the whole
 * request within 60 s; connections kept for 65 s, longer than clients keep them. The handler calls its guard first.
 */
export function createGuardedHttpServer(handler: RequestHandler, options: GuardedHttpServerOptions = {}): Server {
  const { source = 'server', logger } = options;
  const limits = {
    headersTimeout: 10_000,
    requestTimeout: 60_000,
    connectionsCheckingInterval: 2_000,
    keepAliveTimeout: 65_000,
  };
  const run = async (request: IncomingMessage, response: ServerResponse) => handler(request, response);
  return createServer(limits, (request, response) => {
    run(request, response).catch((error: unknown) => {
      logger?.error({ method: request.method, path: pathOf(request), error }, 'a request handler failed');
      const message = 'the server failed at this request';
      answerError(response, 500, createEnvelope({ code: 'internal', message, source }), { connection: 'close' });
      response.end();
    });
  });
}
