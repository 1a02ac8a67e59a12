import { request as httpRequest } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isAllowed } from '../../src/http/host-check.js';
import { depthOf } from '../../src/http/request-body.js';
import { readPriority } from '../../src/http/routes/answer-call.js';
import { fakeRunners } from '../../src/testing/index.js';
import { type TestEngine, testEngine } from '../test-engine.js';

interface Sent {
  readonly method?: string;
  readonly path: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

/** Sends exactly these headers, which fetch does not let through. */
function send(
  url: string,
  { method = 'GET', path, headers = {}, body }: Sent,
): Promise<{ status: number; text: string; type: string | undefined }> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(url);
    const request = httpRequest({ hostname, port, method, path, headers, agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (piece) => {
        text += piece;
      });
      response.on('end', () => resolve({ status: response.statusCode!, text, type: response.headers['content-type'] }));
    });
    request.on('error', reject);
    request.end(body);
  });
}

const routes: [string, string][] = [
  ['GET', '/'],
  ['GET', '/api/version'],
  ['GET', '/api/tags'],
  ['GET', '/api/ps'],
  ['POST', '/api/show'],
  ['POST', '/api/chat'],
  ['POST', '/api/generate'],
  ['POST', '/api/pull'],
  ['POST', '/api/embed'],
  ['DELETE', '/api/delete'],
  ['GET', '/nothing'],
];

const foreignHosts = [
  ...[
    'evil.test',
    'evil.test:PORT',
    '127.0.0.1',
    '127.0.0.1:1',
    '127.0.0.1.evil.test:PORT',
    'localhost.evil.test:PORT',
  ],
  ...[
    'localhost',
    '0.0.0.0:PORT',
    '192.168.1.2:PORT',
    '[::]:PORT',
    '::1:PORT',
    'localhost:PORT@evil.test',
    '127.1:PORT',
  ],
];

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
      const answer = await send(test.url, {
        method,
        path,
        headers: { ...json, host: host.replace('PORT', port) },
        body: '{}',
      });
      expect(answer, host).toMatchObject({ status: 403, text: '' });
    }
    for (const origin of [
      'http://evil.test',
      'null',
      `http://127.0.0.1:${port}`,
      `http://localhost:${port}`,
      'file://',
    ]) {
      const answer = await send(test.url, { method, path, headers: { ...json, origin }, body: '{}' });
      expect(answer, origin).toMatchObject({ status: 403, text: '' });
    }
  });

  it('lets loopback names with its port in', async () => {
    for (const host of [`127.0.0.1:${port}`, `localhost:${port}`, `LOCALHOST:${port}`, `[::1]:${port}`]) {
      expect(await send(test.url, { path: '/', headers: { host } })).toMatchObject({
        status: 200,
        text: 'Ollama is running',
      });
    }
    expect(isAllowed({ host: 'localhost', origin: undefined }, 80)).toBe(true);
    expect(isAllowed({ host: undefined, origin: undefined }, 80)).toBe(false);
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
    ['too large', `{"model":"${'x'.repeat(20_000_001)}"}`, 413],
    ['a wrong type', '{"model":"tiny","stream":"yes"}', 400],
    ['a wrong role', '{"model":"tiny","messages":[{"role":"boss","content":"x"}]}', 400],
    ['keep_alive as text of a number', '{"model":"tiny","keep_alive":"-1"}', 400],
    ['an unknown model', '{"model":"unknown"}', 404],
    ['a path as model', '{"model":"../../etc/passwd"}', 400],
    ['tools', '{"model":"tiny","messages":[{"role":"user","content":"x"}],"tools":[{}]}', 400],
    ['images', '{"model":"tiny","messages":[{"role":"user","content":"x","images":["AA=="]}]}', 400],
  ])('refuses %s', async (_, body, status) => {
    const answer = await send(test.url, { method: 'POST', path: '/api/chat', headers: json, body });
    expect(answer.status).toBe(status);
    expect(JSON.parse(answer.text)).toHaveProperty('error');
  });

  it('refuses a body that grows too large on the way', async () => {
    const headers = { ...json, 'transfer-encoding': 'chunked' };
    const answer = await send(test.url, {
      method: 'POST',
      path: '/api/chat',
      headers,
      body: 'x'.repeat(20_000_001),
    }).catch(
      () => ({ status: 413 }), // the connection may be cut while the rest is sent
    );
    expect(answer.status).toBe(413);
  });

  it.each([
    '/api/create',
    '/api/copy',
    '/api/push',
    '/api/embed',
    '/api/blobs/sha256:00',
    '/v1/chat/completions',
    '/v1/models',
  ])('answers 501 for %s', async (path) => {
    const answer = await send(test.url, { method: 'POST', path, headers: json, body: '{}' });
    expect(answer.status).toBe(501);
    expect(JSON.parse(answer.text)).toMatchObject({ error: 'not supported by local-engine', code: 'not-supported' });
  });

  it('answers 404 and 405 for what Ollama does not have either', async () => {
    expect((await send(test.url, { path: '/nothing' })).status).toBe(404);
    expect((await send(test.url, { path: '/__proto__' })).status).toBe(404);
    expect((await send(test.url, { path: '/api/chat' })).status).toBe(405);
  });

  it('asks for the token on every route when there is one', async () => {
    await using closed = await testEngine({ token: 'secret', spawnRunner: fakeRunners().spawn });
    for (const [method, path] of routes) {
      for (const authorization of ['', 'Bearer wrong', 'Bearer secretx', 'Basic secret', 'secret']) {
        const headers: Record<string, string> = authorization ? { ...json, authorization } : json;
        expect((await send(closed.url, { method, path, headers, body: '{}' })).status, path).toBe(401);
      }
    }
    expect((await send(closed.url, { path: '/api/tags', headers: { authorization: 'Bearer secret' } })).status).toBe(
      200,
    );
    expect((await send(closed.url, { path: '/', headers: { authorization: 'bearer  secret' } })).status).toBe(200);
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
