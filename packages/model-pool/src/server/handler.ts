import type { IncomingMessage, ServerResponse } from 'node:http';
import { ModelPoolError } from '../errors.js';
import { silentLogger, systemClock } from '../system.js';
import type { Clock, Logger } from '../types.js';
import { callRoutes } from './calls/call-routes.js';
import { openAiRoutes } from './openai/openai-routes.js';
import { poolRoutes } from './pool/pool-routes.js';
import type { Route, RouteParts } from './route.js';
import type { ServedPool } from './served-pool.js';

/** Options of {@link createPoolHandler}. */
export interface PoolHandlerOptions {
  /** Who failed, in error envelopes. @defaultValue `models` */
  readonly source?: string | undefined;
  /** Largest body, bytes. @defaultValue `16777216` */
  readonly maxBodyBytes?: number | undefined;
  /** How often a silent stream shows that it lives, ms. @defaultValue `15000` */
  readonly keepAliveMs?: number | undefined;
  /** Time. @defaultValue the system's */
  readonly clock?: Clock | undefined;
  /** Told of the cause where the answer says only that the server failed. @defaultValue silent */
  readonly logger?: Logger | undefined;
}

/** Answers a request and resolves with `true`, or leaves it alone and resolves with `false`: not a route of the pool. */
export type PoolHandler = (request: IncomingMessage, response: ServerResponse) => Promise<boolean>;

/**
 * Turns a pool into a request handler.
 *
 * tale's own routes: `POST /v1/calls` streams a call, `GET /v1/calls` every event, `GET /v1/calls/<id>` explains,
 * `GET /v1/pool` is the state, `POST /v1/pool/count` counts a prompt, `POST /v1/pool/{load,unload,pin,pull}` manage models;
 * their failures are `{ error: { code, message, hint, source, retryable, retryAfterMs, details } }`. OpenAI's routes, with OpenAI's shapes also
 * of failures: `POST /v1/chat/completions`, `/v1/completions` and `/v1/embeddings`, `GET /v1/models` and `/v1/models/<id>`.
 *
 * It asks for no token and trusts every Host: put a guard in front.
 */
export function createPoolHandler(pool: ServedPool, options: PoolHandlerOptions = {}): PoolHandler {
  const { source = 'models', maxBodyBytes = 16 * 1024 * 1024, keepAliveMs = 15_000 } = options;
  const { clock = systemClock, logger = silentLogger } = options;
  const parts: RouteParts = { pool, source, maxBodyBytes, keepAliveMs, clock, logger };
  const routes = new Map<string, Route>();
  for (const route of [...callRoutes(parts), ...poolRoutes(parts), ...openAiRoutes(parts)])
    routes.set(`${route.method} ${route.path}`, route);

  return async (request, response) => {
    const path = (request.url ?? '/').split('?', 1)[0] ?? '/';
    const found = findRoute(routes, request.method ?? 'GET', path);
    if (found === null) return false;
    // The client left before its request came here: `close` does not happen a second time.
    if (response.destroyed) return true;
    const controller = new AbortController();
    response.on('close', () => {
      if (!response.writableFinished) controller.abort(new Error('the client left'));
    });
    const { route, id } = found;
    try {
      await route.run({ request, response, id, signal: controller.signal });
    } catch (error) {
      if (!ModelPoolError.isInstance(error) && !response.destroyed)
        logger.error({ error, method: request.method, path }, 'a request failed');
      route.fail(response, error);
    }
    return true;
  };
}

/** The route of a path, and the id in it: by the whole path, else by what stands before its id. */
function findRoute(
  routes: ReadonlyMap<string, Route>,
  method: string,
  path: string,
): { readonly route: Route; readonly id: string } | null {
  const whole = path.endsWith('/') ? undefined : routes.get(`${method} ${path}`);
  if (whole !== undefined) return { route: whole, id: '' };
  const [, parent, rest] = /^(\/v1\/\w+\/)(.+)$/.exec(path) ?? [];
  const route = parent === undefined ? undefined : routes.get(`${method} ${parent}`);
  if (route === undefined || rest === undefined) return null;
  try {
    return route.ids?.test(rest) === false ? null : { route, id: decodeURIComponent(rest) };
  } catch {
    return null;
  }
}
