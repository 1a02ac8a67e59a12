import type { IncomingMessage, RequestListener } from 'node:http';
import type { JsonObject } from '../../types.js';
import { serverError } from '../fake-openai/server-error.js';
import { FakeExchange, type FakeRequest } from './exchange.js';
import { ollamaError } from './ollama-dialect.js';
import { createRoutes } from './routes.js';
import type { FakeState } from './state.js';

/** A body; `null` = it is no JSON object, `undefined` = there is none. */
async function readJson(request: IncomingMessage): Promise<JsonObject | null | undefined> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  const text = Buffer.concat(parts).toString('utf8');
  if (text === '') return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return value !== null && typeof value === 'object' && !Array.isArray(value) ? (value as JsonObject) : null;
  } catch {
    return null;
  }
}

/** Whether a `Host` names this machine; any other gets a bare 403 on a loopback address. */
function isOwnHost(host: string | undefined): boolean {
  const name = (host ?? '').replace(/:\d+$/, '').toLowerCase();
  return (
    name === '' || name === 'localhost' || name === '[::1]' || name.startsWith('127.') || name.endsWith('.localhost')
  );
}

/** Answers requests: host, token, body, route. */
export function answerRequests(state: FakeState, log: FakeRequest[], token: string | null): RequestListener {
  const routes = createRoutes(state);
  const paths = new Set([...routes.keys()].map((key) => key.split(' ')[1]));
  const answer = async (exchange: FakeExchange, body: JsonObject | null | undefined, host: string | undefined) => {
    const { entry, response } = exchange;
    const { serves } = state;
    const fail = (status: number, message: string) =>
      exchange.json(
        status,
        entry.path.startsWith('/api') ? ollamaError(message) : serverError(serves, message, status),
      );
    if (!isOwnHost(host)) {
      entry.status = 403;
      entry.end = 'error';
      response.writeHead(403).end();
      return;
    }
    if (token !== null && entry.authorization !== `Bearer ${token}`) return fail(401, 'unauthorized');
    const route = routes.get(`${entry.method} ${entry.path}`);
    if (route === undefined) {
      if (serves === 'llama-server') return fail(404, 'File Not Found');
      const [status, text] = paths.has(entry.path) ? [405, '405 method not allowed'] : [404, '404 page not found'];
      return exchange.text(status, text);
    }
    if (body === null) return fail(400, 'invalid character in the request body');
    if (body === undefined && entry.method === 'POST') return fail(400, 'missing request body');
    await route(state, exchange, null);
  };
  return (request, response) => {
    response.on('error', () => {});
    readJson(request)
      .then((body) => {
        const exchange = new FakeExchange(request, response, body ?? null, state.clock);
        log.push(exchange.entry);
        return answer(exchange, body, request.headers.host);
      })
      .catch(() => response.destroy());
  };
}
