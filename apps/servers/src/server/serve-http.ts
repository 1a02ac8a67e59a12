import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createMcpServer, type LedgerPort, type McpTool, type ServerLimits } from '@tale/mcp-transport';
import { createGuard, createGuardedHttpServer, type ErrorEnvelope, type RefusalFacts } from '@tale/mcp-transport/guard';
import { log } from './log.js';
import { ServerError } from './server-error.js';
import { statusOf } from './status-of.js';
import { toEnvelope } from './to-envelope.js';
import { onWantedPort } from './wanted-port.js';

/** What a route gets. */
export interface RouteRequest {
  readonly match: RegExpExecArray;
  readonly query: URLSearchParams;
  /** The JSON body; `undefined` when it is empty. */
  readonly body: unknown;
}

/** A route: either its answer is sent as JSON, or it writes the response itself. */
export type Route = {
  readonly method: 'GET' | 'POST';
  /** Matched against the whole path. */
  readonly path: RegExp;
} & (
  | { readonly answer: (request: RouteRequest) => unknown; readonly stream?: never }
  | {
      readonly stream: (request: IncomingMessage, response: ServerResponse, query: URLSearchParams) => Promise<void>;
      readonly answer?: never;
      /** It reads the body itself, however large that is. */
      readonly readsBody?: boolean;
    }
);

export interface ServeHttpOptions {
  readonly name: string;
  readonly instance: number;
  readonly nonce: string;
  readonly token: string;
  /** The wanted port; a free one where it is taken, or where it is 0. */
  readonly port: number;
  /** Served at `/mcp`. */
  readonly tools?: readonly McpTool[];
  readonly limits?: ServerLimits;
  /** Where results of keyed calls are kept. */
  readonly idempotency?: LedgerPort;
  readonly routes: readonly Route[];
  /** How long a request may take to arrive, ms. @defaultValue 60,000 */
  readonly requestMs?: number;
  /** Further facts of `/health` for callers with the token. */
  readonly health?: () => object | Promise<object>;
  /** Body of a failure on a path of no route; `null` = the envelope. */
  readonly errorBody?: (error: ErrorEnvelope, facts: RefusalFacts) => object | null;
  /** Asked for what no route matches; resolves with `false` when it is not its path either. */
  readonly otherwise?: (request: IncomingMessage, response: ServerResponse) => Promise<boolean>;
}

export interface HttpServer {
  readonly url: string;
  /**
   * Takes nothing new, waits `drainMs` (or until `signal` cuts that short) for calls of tools and requests that change or compute
   * something, then ends all connections. Event streams are not waited for.
   */
  close(options: { drainMs: number; signal?: AbortSignal }): Promise<void>;
}

/** One port of tale on 127.0.0.1: token, Host and Origin are checked before anything else, MCP, health and routes behind. */
export async function serveHttp(options: ServeHttpOptions): Promise<HttpServer> {
  const { name, instance, nonce, token, tools = [], routes, otherwise, limits = {}, idempotency } = options;
  const facts = options.health ?? (() => ({}));
  const bodyOf = (error: ErrorEnvelope, facts: RefusalFacts): object => {
    const isRoute = routes.some(({ path }) => path.test(facts.path));
    return (isRoute ? null : options.errorBody?.(error, facts)) ?? { error };
  };
  const guard = createGuard({
    tokens: { owner: token },
    public: ['/health', '/ready'],
    streamed: (path) => routes.some((route) => route.stream && route.readsBody === true && route.path.test(path)),
    source: name,
    refusalBody: bodyOf,
    logger: log,
  });
  const mcp = createMcpServer({
    info: { name, version: '1' },
    tools,
    guard,
    limits,
    ...(idempotency ? { idempotency } : {}),
    health: { nonce, view: async () => ({ name, instance, reason: null, ...(await facts()) }) },
    logger: log,
  });

  const running = new Set<Promise<void>>();

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (await mcp.handle(request, response)) return;
    if (request.method === 'GET') return await handleRoute(request, response);
    const done = handleRoute(request, response);
    running.add(done);
    await done.finally(() => running.delete(done));
  }

  async function handleRoute(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const pass = await guard(request, response);
    if (!pass) return;
    try {
      if (!(await answerRoute(request, response, pass.body)) && !(await otherwise?.(request, response))) {
        throw new ServerError('not-found', `${request.method} ${request.url} is not here.`);
      }
    } catch (error) {
      fail(request, response, error);
    }
  }

  async function answerRoute(request: IncomingMessage, response: ServerResponse, body: Buffer): Promise<boolean> {
    const url = new URL(request.url ?? '/', 'http://127.0.0.1');
    const onPath = routes.filter(({ path }) => path.test(url.pathname));
    const route = onPath.find(({ method }) => method === request.method);
    if (!route) {
      if (onPath.length === 0) return false;
      throw new ServerError('method-not-allowed', `${request.method} ${url.pathname} is not here.`);
    }
    if (route.stream) await route.stream(request, response, url.searchParams);
    else {
      const match = route.path.exec(url.pathname) as RegExpExecArray;
      sendJson(response, 200, await route.answer({ match, query: url.searchParams, body: parseBody(body) }));
    }
    return true;
  }

  function fail({ url = '' }: IncomingMessage, response: ServerResponse, error: unknown): void {
    const envelope = toEnvelope(error, name);
    const status = statusOf(envelope.code);
    if (status >= 500) log.error({ error }, 'a request failed');
    if (response.headersSent) response.destroy();
    else sendJson(response, status, bodyOf(envelope, { status, path: url.split('?', 1)[0] ?? '' }));
  }

  const server = createGuardedHttpServer(handle, { source: name, logger: log });
  if (options.requestMs !== undefined) server.requestTimeout = options.requestMs;
  await onWantedPort(options.port, (wanted) => listenOn(server, wanted));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    async close({ drainMs, signal }) {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeIdleConnections();
      const cut = AbortSignal.any([AbortSignal.timeout(drainMs), ...(signal ? [signal] : [])]);
      const drained = Promise.all([mcp.close({ graceMs: drainMs }), Promise.allSettled(running)]);
      await Promise.race([drained, new Promise((resolve) => cut.addEventListener('abort', resolve, { once: true }))]);
      server.closeAllConnections();
      await closed;
    },
  };
}

function listenOn(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function parseBody(body: Buffer): unknown {
  if (body.length === 0) return undefined;
  try {
    return JSON.parse(body.toString('utf8'));
  } catch (cause) {
    throw new ServerError('invalid-request', 'The body is not JSON.', { cause });
  }
}

function sendJson(response: ServerResponse, status: number, value: unknown): void {
  const body = JSON.stringify(value);
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
  });
  response.end(body);
}
