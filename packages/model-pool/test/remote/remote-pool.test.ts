import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { until } from '@tale/test-kit';
import { Agent } from 'undici';
import { describe, expect, it } from 'vitest';
import { createRemotePool } from '../../src/remote/index.js';
import { openPool, serve } from '../setup/open-pool.js';
import { startPathProxy } from '../setup/path-proxy.js';

const urlOf = (server: Server) => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

async function listen(server: Server): Promise<AsyncDisposable> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
    },
  };
}

describe('a remote', () => {
  it('of a server that is not there fails in a way that can be repeated', async () => {
    await using pool = createRemotePool({ url: 'http://127.0.0.1:9' });
    await expect(pool.generate({ role: 'ux', prompt: 'x' })).rejects.toMatchObject({
      code: 'backend-down',
      retryable: true,
    });
    await expect(pool.status()).rejects.toMatchObject({ code: 'backend-down' });
    await expect(pool.pull('x')).rejects.toMatchObject({ code: 'backend-down' });
  });

  it('finds a pool that is served under a path', async () => {
    await using opened = await openPool();
    await using served = await serve(opened.pool);
    await using proxy = await startPathProxy(served.url, '/models');
    await using pool = createRemotePool({ url: proxy.url });
    expect((await pool.generate({ role: 'ux', prompt: 'x [say here]' })).text).toBe('here');
    expect((await pool.status()).mode).toBe('together');
  });

  it('an answer that is no success keeps the code of its envelope, else that of its status', async () => {
    const answers: [number, string, string][] = [
      [
        503,
        JSON.stringify({ error: { code: 'overloaded', message: 'full', retryable: true, retryAfterMs: 7 } }),
        'overloaded',
      ],
      [401, JSON.stringify({ error: { code: 'token-invalid', message: 'no' } }), 'configuration'],
      [403, '', 'configuration'],
      [404, 'nothing', 'rejected'],
      [502, '<html>', 'backend-down'],
    ];
    let answer = answers[0]!;
    const server = createServer((_, response) => response.writeHead(answer[0]).end(answer[1]));
    await using _ = await listen(server);
    await using pool = createRemotePool({ url: urlOf(server) });
    for (answer of answers)
      await expect(pool.generate({ role: 'ux', prompt: 'x' }), String(answer[0])).rejects.toMatchObject({
        code: answer[2],
      });
  });

  it('an envelope with a code of another server keeps its message, hint and facts', async () => {
    const error = {
      ...{ code: 'models-unavailable', message: 'No model can be had. Tried: ollama: not there.' },
      ...{ hint: 'tale doctor', source: 'models', retryable: true, retryAfterMs: 5_000 },
      details: { tried: ['ollama: not there'] },
    };
    const { code, hint, details } = error;
    let answer: object = error;
    const server = createServer((_, response) => response.writeHead(503).end(JSON.stringify({ error: answer })));
    await using _ = await listen(server);
    await using pool = createRemotePool({ url: urlOf(server) });
    const expected = { message: error.message, details: { status: 503, envelope: { code, hint, details } } };
    await expect(pool.generate({ role: 'ux', prompt: 'x' })).rejects.toMatchObject({
      ...{ code: 'model-missing', retryable: true, retryAfterMs: 5_000 },
      ...expected,
    });
    await expect(pool.status()).rejects.toMatchObject({ code: 'model-missing', ...expected });
    answer = { code: 'internal', message: 'the server failed' };
    await expect(pool.status()).rejects.toMatchObject({
      ...{ code: 'backend-down', message: 'the server failed', retryable: false, retryAfterMs: null },
      details: { status: 503, envelope: { code: 'internal', hint: null, details: {} } },
    });
  });

  it('asks for url and token before each request, and follows a server that moved', async () => {
    await using opened = await openPool();
    const first = await serve(opened.pool);
    let url = first.url;
    let asked = 0;
    await using pool = createRemotePool({
      url: async () => url,
      token: () => {
        asked += 1;
        return 'secret';
      },
    });
    await pool.generate({ role: 'ux', prompt: 'x' });
    await first.close();
    await expect(pool.generate({ role: 'ux', prompt: 'x' })).rejects.toMatchObject({ code: 'backend-down' });
    await using second = await serve(opened.pool);
    url = second.url;
    expect((await pool.generate({ role: 'ux', prompt: 'x' })).end.status).toBe('ok');
    expect(asked).toBe(3);
  });

  it('sends its token', async () => {
    const seen: (string | undefined)[] = [];
    const server = createServer((request, response) => {
      seen.push(request.headers.authorization);
      response.end('{}');
    });
    await using _ = await listen(server);
    await using pool = createRemotePool({ url: urlOf(server), token: 'secret' });
    await pool.status();
    expect(seen).toEqual(['Bearer secret']);
  });

  it('manages models and explains', async () => {
    await using opened = await openPool();
    await using served = await serve(opened.pool);
    await using pool = createRemotePool({ url: served.url });
    expect(await pool.load('large')).toMatchObject({ name: 'large', state: 'resident' });
    expect(await pool.pin('large')).toMatchObject({ resident: 'always' });
    expect(await pool.unload('large')).toMatchObject({ state: 'absent' });
    await expect(pool.load('nobody')).rejects.toMatchObject({ code: 'model-missing' });
    const seen: (number | null)[] = [];
    await pool.pull('pullable:1b', { onProgress: ({ completedBytes }) => seen.push(completedBytes) });
    expect(seen).toContain(1_000_000_000);
    await expect(pool.pull('nowhere:1b')).rejects.toMatchObject({ code: 'model-missing' });
    const { requestId } = await pool.generate({ role: 'ux', prompt: 'x' });
    expect(await pool.explain(requestId)).toEqual(JSON.parse(JSON.stringify(opened.pool.explain(requestId))));
    expect((await pool.status()).models.map(({ name }) => name)).toEqual(['small', 'large']);
    await expect(pool.status({ signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'aborted' });
  });

  it('that is closed aborts what runs, in a way that can be repeated, and may be closed twice', async () => {
    await using opened = await openPool();
    await using served = await serve(opened.pool);
    const agent = new Agent();
    const pool = createRemotePool({ url: served.url, dispatcher: agent });
    const running = pool.generate({ role: 'ux', prompt: 'x [tokens=900] [rate=50]' });
    running.catch(() => {});
    await until('text', () => opened.events.some(({ type }) => type === 'text-delta'));
    await pool.close();
    await pool.close();
    await expect(running).rejects.toMatchObject({ code: 'aborted' });
    expect(() => pool.call({ role: 'ux', prompt: 'x' })).toThrow(expect.objectContaining({ code: 'backend-down' }));
    await until('the call over there ends', () => opened.events.some(({ type }) => type === 'call-end'));
    expect(agent.destroyed).toBe(false);
    await agent.destroy();
  });
});
