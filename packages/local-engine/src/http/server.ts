import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { LocalEngineError } from '../errors.js';
import { createAnswer } from './answer.js';
import { isAllowed } from './door/host-check.js';
import { originHeaders, preflightHeaders } from './door/origins.js';
import { createTokenCheck } from './door/token-check.js';
import { readBody } from './request-body.js';
import { RequestError } from './request-error.js';
import type { RouteParts } from './route.js';
import { apiOf, findRoute } from './route-table.js';

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
  /** Web pages that may ask. */ readonly origins: readonly string[];
  readonly parts: RouteParts;
}

/**
 * Listens for requests.
 *
 * @throws {@link LocalEngineError} `port-taken`
 */
export async function startServer(options: HttpServerOptions): Promise<HttpServer> {
  const { host, port, token, origins, parts } = options;
  const isAuthorised = token === null ? () => true : createTokenCheck(token);
  let ownPort = port;

  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    const { method = 'GET', headers } = request;
    const { origin } = headers;
    if (!isAllowed({ host: headers.host, origin }, { port: ownPort, origins })) {
      return void response.writeHead(403).end();
    }
    if (origin !== undefined) {
      if (method === 'OPTIONS') return void response.writeHead(204, preflightHeaders(origin)).end();
      response.setHeaders(new Map(Object.entries(originHeaders(origin))));
    }
    const path = (request.url ?? '/').split('?')[0] ?? '/';
    const answer = createAnswer(response, apiOf(path));
    const left = new AbortController();
    response.once('close', () => left.abort(new DOMException('the client has left', 'AbortError')));
    try {
      if (!isAuthorised(headers.authorization)) {
        response.setHeader('www-authenticate', 'Bearer');
        throw new RequestError(401, 'unauthorized');
      }
      const { route, rest } = findRoute(method, path);
      const body = method === 'GET' || method === 'HEAD' ? undefined : await readBody(request);
      await route({ body, headers, rest, signal: left.signal, answer }, parts);
    } catch (error) {
      if (!left.signal.aborted && !LocalEngineError.isInstance(error)) parts.logger.error({ error }, 'request failed');
      answer.fail(error);
    }
  };

  const server = createServer({ headersTimeout: 10_000, connectionsCheckingInterval: 2_000 }, (request, response) => {
    void handle(request, response);
  });
  server.keepAliveTimeout = 60_000;
  await listen(server, host, port);
  server.on('error', (error) => parts.logger.error({ error }, 'a connection was not accepted'));
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
    const onError = (error: NodeJS.ErrnoException) =>
      reject(
        error.code === 'EADDRINUSE'
          ? new LocalEngineError('port-taken', `port ${port} of ${host} is taken`, { retryable: true, cause: error })
          : new LocalEngineError('invalid-options', `cannot listen on ${host}:${port}`, { cause: error }),
      );
    server.once('error', onError);
    server.listen(port, host, () => {
      server.off('error', onError);
      resolve();
    });
  });
}
