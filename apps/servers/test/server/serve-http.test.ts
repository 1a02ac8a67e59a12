import { getJson } from '@tale/mcp-transport/light';
import { expect, it } from 'vitest';
import { type HttpServer, type Route, serveHttp } from '../../src/server/serve-http.js';
import { ServerError } from '../../src/server/server-error.js';

const token = 'secret';
const routes: Route[] = [
  { method: 'GET', path: /^\/v1\/x\/(\w+)$/, answer: ({ match, query }) => ({ name: match[1], q: query.get('q') }) },
  { method: 'POST', path: /^\/v1\/echo$/, answer: ({ body }) => ({ body }) },
  {
    method: 'GET',
    path: /^\/v1\/fails$/,
    answer: () => {
      throw new ServerError('task-not-found', 'There is no such task.', { hint: 'tale list' });
    },
  },
  {
    method: 'GET',
    path: /^\/v1\/bug$/,
    answer: () => {
      throw new TypeError('x is undefined');
    },
  },
];

async function serve(): Promise<HttpServer & AsyncDisposable> {
  const server = await serveHttp({ name: 'gateway', instance: 1, nonce: 'n', token, port: 0, routes });
  return { ...server, [Symbol.asyncDispose]: () => server.close({ drainMs: 0 }) };
}

const post = (url: string, body: string, headers: Record<string, string> = {}) =>
  fetch(url, {
    method: 'POST',
    body,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...headers },
  });

it('answers its routes as JSON and says who it is at /health', async () => {
  await using server = await serve();
  expect(await getJson({ url: server.url, token, path: '/v1/x/a?q=b' })).toEqual({ name: 'a', q: 'b' });
  expect(await (await post(`${server.url}/v1/echo`, '{"a":1}')).json()).toEqual({ body: { a: 1 } });
  expect(await getJson({ url: server.url, path: '/health' })).toEqual({ status: 'ok', nonce: 'n' });
  expect(await getJson({ url: server.url, token, path: '/health' })).toMatchObject({
    name: 'gateway',
    instance: 1,
    nonce: 'n',
  });
});

it.each([
  ['/v1/fails', 404, 'task-not-found', 'tale list'],
  ['/v1/bug', 500, 'internal', null],
  ['/v1/none', 404, 'not-found', null],
  ['/v1/echo', 405, 'method-not-allowed', null],
])('answers GET %s with %i and the envelope of %s', async (path, status, code, hint) => {
  await using server = await serve();
  const answer = await fetch(server.url + path, { headers: { authorization: `Bearer ${token}` } });
  expect(answer.status).toBe(status);
  expect(await answer.json()).toMatchObject({ error: { code, hint, source: 'gateway', retryable: false } });
});

it('lets nobody in without the token, and takes JSON alone', async () => {
  await using server = await serve();
  expect((await fetch(`${server.url}/v1/x/a`)).status).toBe(401);
  expect((await fetch(`${server.url}/v1/x/a`, { headers: { authorization: 'Bearer wrong' } })).status).toBe(401);
  expect((await post(`${server.url}/v1/echo`, 'x', { 'content-type': 'text/plain' })).status).toBe(415);
  expect((await post(`${server.url}/v1/echo`, '{')).status).toBe(400);
  expect((await post(`${server.url}/v1/echo`, '{}', { origin: 'http://evil.example' })).status).toBe(403);
});

it('serves on a free port where another program has the wanted one', async () => {
  await using first = await serve();
  const port = Number(new URL(first.url).port);
  const second = await serveHttp({ name: 'gateway', instance: 1, nonce: 'second', token, port, routes });
  expect(second.url).not.toBe(first.url);
  expect(await getJson({ url: second.url, token, path: '/health' })).toMatchObject({ nonce: 'second' });
  await second.close({ drainMs: 0 });
});

it('lets a request that is under way end before it closes, unless it is cut short', async () => {
  let answer: () => void = () => undefined;
  const slow: Route = {
    method: 'POST',
    path: /^\/v1\/slow$/,
    answer: () => new Promise((resolve) => (answer = () => resolve({ late: true }))),
  };
  const drained = await serveHttp({ name: 'models', instance: 1, nonce: 'n', token, port: 0, routes: [slow] });
  const answered = post(`${drained.url}/v1/slow`, '{}').then((response) => response.json());
  await new Promise((resolve) => setTimeout(resolve, 50));
  const closing = drained.close({ drainMs: 10_000 });
  answer();
  expect(await answered).toEqual({ late: true });
  await closing;

  const cut = await serveHttp({ name: 'models', instance: 1, nonce: 'n', token, port: 0, routes: [slow] });
  const lost = post(`${cut.url}/v1/slow`, '{}').then(
    () => 'answered',
    () => 'cut',
  );
  await new Promise((resolve) => setTimeout(resolve, 50));
  const controller = new AbortController();
  const cutting = cut.close({ drainMs: 10_000, signal: controller.signal });
  controller.abort();
  await cutting;
  expect(await lost).toBe('cut');
});

it('tells a failure on a path of no route as the server wants it told, refusals of its door included', async () => {
  const errorBody = ({ code }: { code: string }, { status, path }: { status: number; path: string }) =>
    path.startsWith('/v1/other') ? { told: [status, code] } : null;
  const options = { name: 'models', instance: 1, nonce: 'n', token, port: 0, routes, errorBody };
  const server = await serveHttp({
    ...options,
    otherwise: async (request) => {
      if (request.url?.startsWith('/v1/other/bug')) throw new TypeError('x is undefined');
      return false;
    },
  });
  const told = async (path: string, headers: Record<string, string> = { authorization: `Bearer ${token}` }) => {
    const answer = await fetch(server.url + path, { headers });
    return [answer.status, await answer.json()];
  };
  expect(await told('/v1/other/a?b=c', {})).toEqual([401, { told: [401, 'unauthorized'] }]);
  expect(await told('/v1/other/a?b=c')).toEqual([404, { told: [404, 'not-found'] }]);
  expect(await told('/v1/other/bug')).toEqual([500, { told: [500, 'internal'] }]);
  expect(await told('/v1/none')).toMatchObject([404, { error: { code: 'not-found', source: 'models' } }]);
  expect(await told('/v1/x/a', {})).toMatchObject([401, { error: { code: 'unauthorized', source: 'models' } }]);
  await server.close({ drainMs: 0 });
});
