import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { LocalEngineError } from '../errors.js';
import { createAnswer } from './answer.js';
import { isAllowed } from './host-check.js';
import { readBody } from './request-body.js';
import type { RouteParts } from './route.js';
import { findRoute, isKnownPath } from './route-table.js';
import { createTokenCheck } from './token-check.js';

/** A listening server. */
export interface HttpServer {
  readonly url: string;
  close(): Promise<void>;
}

/** What a server is started with. */
export interface HttpServerOptions {
  readonly host: string;
  readonly port: number;
  readonly token: string | null;
  readonly parts: RouteParts;
}

/**
 * Listens for requests.
 *
 * @throws {@link LocalEngineError} `port-taken`
 */
export async function startServer({ host, port, token, parts }: HttpServerOptions): Promise<HttpServer> {
  const isAuthorised = token === null ? () => true : createTokenCheck(token);
  let ownPort = port;

  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    const { method = 'GET', headers } = request;
    if (!isAllowed({ host: headers.host, origin: headers.origin }, ownPort)) return void response.writeHead(403).end();
    const answer = createAnswer(response);
    if (!isAuthorised(headers.authorization)) {
      response.setHeader('www-authenticate', 'Bearer');
      return answer.json({ error: 'unauthorized' }, 401);
    }
    const left = new AbortController();
    response.once('close', () => left.abort(new DOMException('the client has left', 'AbortError')));
    try {
      const path = (request.url ?? '/').split('?')[0] ?? '/';
      const route = findRoute(method, path);
      if (!route)
        return answer.json(
          { error: isKnownPath(path) ? 'method not allowed' : 'not found' },
          isKnownPath(path) ? 405 : 404,
        );
      const body = method === 'GET' || method === 'HEAD' ? undefined : await readBody(request);
      await route({ body, headers, signal: left.signal, answer }, parts);
    } catch (error) {
      if (!left.signal.aborted && !LocalEngineError.isInstance(error)) parts.logger.error({ error }, 'request failed');
      answer.fail(error);
    }
  };

  const server = createServer((request, response) => void handle(request, response));
  server.keepAliveTimeout = 60_000;
  await listen(server, host, port);
  ownPort = (server.address() as AddressInfo).port;
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${ownPort}`,
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(
        error.code === 'EADDRINUSE'
          ? new LocalEngineError('port-taken', `port ${port} of ${host} is taken`, { retryable: true, cause: error })
          : new LocalEngineError('invalid-options', `cannot listen on ${host}:${port}`, { cause: error }),
      );
    });
    server.listen(port, host, () => resolve());
  });
}
