import type { IncomingMessage, ServerResponse } from 'node:http';
import { systemClock } from '../clock.js';
import { createEnvelope } from '../envelope.js';
import { createGuard, type Guard, type GuardPass, pathOf } from '../guard/guard.js';
import { createGuardedHttpServer } from '../guard/http-server.js';
import { answerError, type Refusal, refuse } from '../guard/refuse.js';
import { parseJsonBody } from '../guard/request-body.js';
import type { Logger } from '../types.js';
import { createDispatch } from './dispatch.js';
import { createHealth } from './health.js';
import { createInFlight } from './in-flight.js';
import { createServerLimits } from './limits.js';
import { createListener } from './listener.js';
import { createMemoryLedger } from './memory-ledger.js';
import { createModernEndpoint } from './modern.js';
import type { McpServer, McpServerOptions } from './server-types.js';
import { createToolTable } from './tool-table.js';

const silent: Logger = { debug() {}, info() {}, warn() {}, error() {} };
const openPaths = ['/health', '/ready'];

/** Builds a server; it listens when it is told to. @throws TypeError for tools that cannot be served */
export function createMcpServer(options: McpServerOptions): McpServer {
  const { info, clock = systemClock, logger = silent, limits = {}, timeouts = {} } = options;
  const source = info.name;
  const guard = guardOf(options, logger);
  const table = createToolTable(options.tools);
  const inFlight = createInFlight(clock);
  const ledger = options.idempotency ?? createMemoryLedger({ clock });
  const dispatch = createDispatch({ table, ledger, callMs: timeouts.callMs ?? 600_000, clock, logger, source });
  const endpoint = createModernEndpoint({
    ...{ info, table, clock, logger },
    keepAliveMs: timeouts.keepAliveMs ?? 15_000,
    dispatch: (call) => inFlight.track(dispatch(call)),
  });
  const takeCall = createServerLimits(limits, new Set(table.entries.keys()));
  const health = createHealth(options.health ?? {});
  let closing: Promise<void> | undefined;

  const answerMcp = async (request: IncomingMessage, response: ServerResponse, pass: GuardPass) => {
    const stop = (refusal: Refusal) => refuse(request, response, refusal, source);
    if (closing) {
      const message = 'the server is shutting down';
      return stop({
        status: 503,
        code: 'shutting-down',
        message,
        retryAfterMs: 1_000,
        headers: { connection: 'close' },
      });
    }
    const body = parseBody(pass.body);
    if (body instanceof Error) return answerParseError(response, body.message);
    const { method, params } = (body ?? {}) as { method?: unknown; params?: { name?: unknown } };
    const principal = pass.principal ?? { id: 'anonymous' };
    if (method === 'tools/call') {
      const retryAfterMs = takeCall(principal.id, String(params?.name), clock.now());
      if (retryAfterMs > 0) return stop({ status: 429, code: 'rate-limited', message: 'too many calls', retryAfterMs });
    }
    request.resume(); // the body is here; what the request still holds is not needed
    const answered = endpoint.handle(request, response, body, principal);
    // a subscription has no end of its own: it is ended, not waited for
    await (method === 'subscriptions/listen' ? answered : inFlight.track(answered));
  };

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<boolean> => {
    const path = pathOf(request);
    if (path !== '/mcp' && !openPaths.includes(path)) return false;
    const pass = await guard(request, response);
    if (!pass) return true;
    if (path === '/mcp') {
      await answerMcp(request, response, pass);
    } else if (request.method !== 'GET' && request.method !== 'HEAD') {
      const refusal = { status: 405, code: 'method-not-allowed', message: `${path} is read with GET` };
      refuse(request, response, { ...refusal, headers: { allow: 'GET, HEAD' } }, source);
    } else {
      const { status, body } = await health(path, closing !== undefined, pass.principal !== null);
      const retry = status === 503 ? { 'retry-after': '1' } : {};
      response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store', ...retry });
      response.end(JSON.stringify(body));
    }
    return true;
  };

  const listener = createListener(
    createGuardedHttpServer(
      async (request, response) => {
        if (await handle(request, response)) return;
        if (!(await guard(request, response))) return;
        const error = createEnvelope({ code: 'not-found', message: `nothing is at ${pathOf(request)}`, source });
        answerError(response, 404, error);
        response.end();
      },
      { source, logger },
    ),
  );

  const close: McpServer['close'] = ({ graceMs = 5_000 } = {}) => {
    closing ??= (async () => {
      listener.stop();
      const isDrained = await inFlight.drained(graceMs);
      if (!isDrained) logger.warn({ graceMs }, 'calls in flight are aborted: they did not end in time');
      await endpoint.close();
      if (!isDrained) await inFlight.drained(1_000); // aborted calls answer nothing, but they may still write
      await listener.close();
    })();
    return closing;
  };
  return { handle, listen: (where) => listener.listen(where), close, [Symbol.asyncDispose]: () => close() };
}

function guardOf({ auth, guard, info, clock }: McpServerOptions, logger: Logger): Guard {
  if (typeof guard === 'function') return guard;
  if (!auth) throw new TypeError('a server needs auth, or a ready guard');
  return createGuard({
    ...{ source: info.name, logger, public: openPaths },
    ...(clock && { clock }),
    ...guard,
    tokens: auth.tokens,
  });
}

function parseBody(body: Buffer): unknown {
  try {
    return parseJsonBody(body, Number.POSITIVE_INFINITY); // the guard has looked at its depth
  } catch (error) {
    return error;
  }
}

function answerParseError(response: ServerResponse, message: string): void {
  response.writeHead(400, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ jsonrpc: '2.0', id: null, error: { code: -32700, message } }));
}
