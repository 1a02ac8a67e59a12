import { describe, expect, it } from 'vitest';
import { rawRequest } from '../support/raw-request.js';
import { serve, token } from '../support/serve.js';

describe('health', () => {
  const get = (port: number, path: string, headers = {}) => rawRequest({ port, path, method: 'GET', headers });
  const withToken = { authorization: `Bearer ${token}` };

  it('says state and nonce without a token, and what the app gives with one', async () => {
    let ready = false;
    const health = { nonce: 'n-1', ready: () => ready, view: () => ({ version: '1.2', models: 2 }) };
    await using server = await serve([], { health });
    const read = async (path: string, headers = {}) => {
      const answer = await get(server.port, path, headers);
      return [answer.status, JSON.parse(answer.text)];
    };
    expect(await read('/health')).toEqual([200, { status: 'ok', nonce: 'n-1' }]);
    expect(await read('/health', withToken)).toEqual([200, { status: 'ok', nonce: 'n-1', version: '1.2', models: 2 }]);
    expect(await read('/ready')).toEqual([503, { status: 'starting', nonce: 'n-1' }]);
    ready = true;
    expect(await read('/ready')).toEqual([200, { status: 'ready', nonce: 'n-1' }]);
    expect((await get(server.port, '/ready', { authorization: 'Bearer wrong' })).status).toBe(401);
  });

  it('a view may say that it is degraded, but not who it is', async () => {
    await using server = await serve([], { health: { view: async () => ({ status: 'degraded', nonce: 'x' }) } });
    const body = JSON.parse((await get(server.port, '/health')).text);
    expect(body.status).toBe('degraded');
    expect(body.nonce).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('is read with GET and HEAD only', async () => {
    await using server = await serve([]);
    const headers = { ...withToken, 'content-type': 'application/json' };
    const answer = await rawRequest({ ...server, path: '/health', headers, body: '{}' });
    expect([answer.status, answer.headers.allow]).toEqual([405, 'GET, HEAD']);
    expect((await rawRequest({ ...server, path: '/health', method: 'HEAD' })).status).toBe(200);
  });
});
