import { request as httpRequest } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isAllowed } from '../../src/http/door/host-check.js';
import { readPriority } from '../../src/http/priority.js';
import { depthOf } from '../../src/http/request-body.js';
import { routes as routeTable } from '../../src/http/route-table.js';
import { fakeRunners } from '../../src/testing/index.js';
import { type TestEngine, testEngine } from '../test-engine.js';

interface Sent {
  readonly method?: string;
  readonly path: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

interface Answered {
  readonly status: number;
  readonly text: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

/** Sends exactly these headers, which fetch does not let through. */
function send(url: string, { method = 'GET', path, headers = {}, body }: Sent): Promise<Answered> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(url);
    const request = httpRequest({ hostname, port, method, path, headers, agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (piece) => {
        text += piece;
      });
      response.on('end', () => resolve({ status: response.statusCode!, text, headers: response.headers }));
    });
    request.on('error', reject);
    request.end(body);
  });
}

const routes: [method: string, path: string][] = [
  ...routeTable.map(([method, path]): [string, string] => [method === '*' ? 'POST' : method, path.replace('*', 'x')]),
  ['GET', '/nothing'],
  ['OPTIONS', '/api/chat'],
];

const foreignHosts = [
  ...['evil.test', 'evil.test:PORT', '127.0.0.1', '127.0.0.1:1', '127.0.0.1.evil.test:PORT'],
  ...['localhost.evil.test:PORT', 'localhost', '0.0.0.0:PORT', '192.168.1.2:PORT', '[::]:PORT', '::1:PORT'],
  ...['localhost:PORT@evil.test', '127.1:PORT', 'localhost:PORT?x', '127.0.0.1:PORT#x'],
];
const foreignOrigins = ['http://evil.test', 'null', 'http://127.0.0.1:PORT', 'http://localhost:PORT', 'file://'];

describe('local door', () => {
  let test: TestEngine;
  let port: string;
  beforeAll(async () => {
    test = await testEngine({ spawnRunner: fakeRunners().spawn });
    port = new URL(test.url).port;
  });
  afterAll(async () => {
    await test[Symbol.asyncDispose]();
  });
  const json = { 'content-type': 'application/json' };

  it.each(routes)('ENGINE-6: %s %s refuses foreign hosts and all origins with a bare 403', async (method, path) => {
    for (const host of foreignHosts) {
      const headers = { ...json, host: host.replace('PORT', port) };
      expect(await send(test.url, { method, path, headers, body: '{}' }), host).toMatchObject({
        status: 403,
        text: '',
      });
    }
    for (const origin of foreignOrigins) {
      const headers = { ...json, origin: origin.replace('PORT', port) };
      const answer = await send(test.url, { method, path, headers, body: '{}' });
      expect(answer, origin).toMatchObject({ status: 403, text: '' });
      expect(answer.headers).not.toHaveProperty('access-control-allow-origin');
    }
  });

  it('lets loopback names with its port in', async () => {
    for (const host of [`127.0.0.1:${port}`, `localhost:${port}`, `LOCALHOST:${port}`, `[::1]:${port}`]) {
      expect(await send(test.url, { path: '/', headers: { host } })).toMatchObject({
        ...{ status: 200, text: 'Ollama is running' },
      });
    }
    const rule = { port: 80, origins: [] };
    expect(isAllowed({ host: 'localhost', origin: undefined }, rule)).toBe(true);
    expect(isAllowed({ host: undefined, origin: undefined }, rule)).toBe(false);
  });

  it('takes JSON alone, so that no form of a web page comes through', async () => {
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data', '']) {
      const headers: Record<string, string> = type ? { 'content-type': type } : {};
      const answer = await send(test.url, { method: 'POST', path: '/api/pull', headers, body: '{"model":"tiny"}' });
      expect(answer.status, type).toBe(415);
    }
    const headers = { 'content-type': 'application/json; charset=utf-8' };
    expect(
      (await send(test.url, { method: 'POST', path: '/api/show', headers, body: '{"model":"tiny"}' })).status,
    ).toBe(200);
  });

  it.each([
    ['no JSON', '{"model":', 400],
    ['nothing', '', 400],
    ['no object', '[]', 400],
    ['too deep', `{"model":"tiny","messages":${'['.repeat(65)}${']'.repeat(65)}}`, 400],
    ['so deep that a parser would fall over', '['.repeat(200_000), 400],
    ['too large', `{"model":"${'x'.repeat(20_000_001)}"}`, 413],
    ['a wrong type', '{"model":"tiny","stream":"yes"}', 400],
    ['a wrong role', '{"model":"tiny","messages":[{"role":"boss","content":"x"}]}', 400],
    ['keep_alive as text of a number', '{"model":"tiny","keep_alive":"-1"}', 400],
    ['an unknown model', '{"model":"unknown"}', 404],
    ['a path as model', '{"model":"../../etc/passwd"}', 400],
    ['images', '{"model":"tiny","messages":[{"role":"user","content":"x","images":["AA=="]}]}', 400],
  ])('refuses %s', async (_, body, status) => {
    const answer = await send(test.url, { method: 'POST', path: '/api/chat', headers: json, body });
    expect(answer.status).toBe(status);
    expect(JSON.parse(answer.text)).toHaveProperty('error');
  });

  it('refuses a body that grows too large on the way', async () => {
    const headers = { ...json, 'transfer-encoding': 'chunked' };
    const body = 'x'.repeat(30_000_000); // the rest is still being sent when the answer comes
    const answer = await send(test.url, { method: 'POST', path: '/api/chat', headers, body });
    expect(answer).toMatchObject({ status: 413, text: expect.stringContaining('request body too large') });
  });

  it.each(['/api/create', '/api/copy', '/api/push', '/api/blobs/sha256:00', '/v1/messages', '/v1/responses'])(
    'answers 501 for %s, whatever the body is',
    async (path) => {
      for (const headers of [json, { 'content-type': 'application/octet-stream' }]) {
        const answer = await send(test.url, { method: 'POST', path, headers, body: 'x' });
        expect(answer.status).toBe(501);
        expect(JSON.parse(answer.text)).toMatchObject({
          ...{ error: 'not supported by local-engine', code: 'not-supported' },
        });
      }
    },
  );

  it('answers 404 and 405 for what Ollama does not have either', async () => {
    expect((await send(test.url, { path: '/nothing' })).status).toBe(404);
    expect((await send(test.url, { path: '/__proto__' })).status).toBe(404);
    expect((await send(test.url, { path: '/api/chat' })).status).toBe(405);
    const openai = await send(test.url, { path: '/v1/nothing' });
    expect(JSON.parse(openai.text)).toMatchObject({ error: { message: 'not found', type: 'not_found_error' } });
  });

  it.each(['/', '/api/version', '/api/tags', '/api/ps', '/v1/models'])(
    'answers HEAD %s without a body',
    async (path) => {
      const [head, get] = [await send(test.url, { method: 'HEAD', path }), await send(test.url, { path })];
      expect(head).toMatchObject({ status: 200, text: '' });
      expect(head.headers['content-length']).toBe(get.headers['content-length']);
    },
  );

  it('asks for the token on every route when there is one', async () => {
    await using closed = await testEngine({ token: 'secret', spawnRunner: fakeRunners().spawn });
    for (const [method, path] of routes) {
      for (const authorization of ['', 'Bearer wrong', 'Bearer secretx', 'Basic secret', 'secret']) {
        const headers: Record<string, string> = authorization ? { ...json, authorization } : json;
        expect((await send(closed.url, { method, path, headers, body: '{}' })).status, path).toBe(401);
      }
    }
    expect((await send(closed.url, { path: '/api/tags?token=secret' })).status).toBe(401);
    expect((await send(closed.url, { path: '/api/tags', headers: { authorization: 'Bearer secret' } })).status).toBe(
      200,
    );
    expect((await send(closed.url, { path: '/', headers: { authorization: 'bearer  secret' } })).status).toBe(200);
  });

  it('lets pages of listed origins in, answers what their browsers ask first, and no others', async () => {
    const origin = 'https://page.test';
    await using open = await testEngine({ token: 'secret', origins: [origin], spawnRunner: fakeRunners().spawn });
    const ask = (headers: Record<string, string>, method = 'GET') =>
      send(open.url, { method, path: '/api/tags', headers });
    const authorization = 'Bearer secret';
    const answer = await ask({ origin, authorization });
    expect(answer).toMatchObject({ status: 200, headers: { 'access-control-allow-origin': origin, vary: 'origin' } });
    const preflight = await ask({ origin, 'access-control-request-method': 'POST' }, 'OPTIONS');
    expect(preflight).toMatchObject({ status: 204, text: '', headers: { 'access-control-allow-origin': origin } });
    expect(preflight.headers['access-control-allow-headers']).toContain('authorization');
    expect((await ask({ origin })).status).toBe(401);
    expect((await ask({ origin: `${origin}.evil.test`, authorization })).status).toBe(403);
    expect((await ask({ origin, authorization, host: 'evil.test' })).status).toBe(403);
    await expect(testEngine({ origins: ['*'], spawnRunner: fakeRunners().spawn })).rejects.toMatchObject({
      code: 'invalid-options',
    });
  });

  it('counts the depth of brackets outside of texts', () => {
    expect([
      depthOf('{}'),
      depthOf('[[[]]]'),
      depthOf('"[[["'),
      depthOf('{"a":"\\"[[","b":[1]}'),
      depthOf('1'),
    ]).toEqual([1, 3, 0, 2, 0]);
  });

  it('reads the priority of a call, 5 where it is none', () => {
    expect(['0', '9', '10', '-1', 'x', undefined, ['1']].map(readPriority)).toEqual([0, 9, 5, 5, 5, 5, 5]);
  });
});
