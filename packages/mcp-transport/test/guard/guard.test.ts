import type { AddressInfo } from 'node:net';
import { manualClock } from '@tale/test-kit';
import { describe, expect, it } from 'vitest';
import { createGuardedHttpServer } from '../../src/guard/index.js';
import { guarded } from '../support/guarded.js';
import { rawBytes, rawRequest } from '../support/raw-request.js';
import { echo, recordingLogger, serve, token } from '../support/serve.js';

const authorization = `Bearer ${token}`;

const hostCases = (port: number): [host: string, expected: number][] => [
  [`127.0.0.1:${port}`, 200],
  [`localhost:${port}`, 200],
  [`[::1]:${port}`, 200],
  [`LOCALHOST:${port}`, 200],
  ['evil.example', 403],
  [`evil.example:${port}`, 403],
  [`127.0.0.1.evil.example:${port}`, 403],
  [`localhost.evil.example:${port}`, 403],
  ['localhost', 403],
  ['127.0.0.1', 403],
  ['127.0.0.1:1', 403],
  [`localhost.:${port}`, 403],
  [`0.0.0.0:${port}`, 403],
  [`127.1:${port}`, 403],
  [`2130706433:${port}`, 403],
  [`[::]:${port}`, 403],
  [`[::ffff:127.0.0.1]:${port}`, 403],
  [`xn--lcalhost-nhb:${port}`, 403],
  [`localhost?x:${port}`, 400],
  [`localhost:${port}?x`, 400],
  [`localhost:${port}#x`, 400],
  [`evil.example?localhost:${port}`, 400],
  [`localhost:${port}/x`, 400],
  [`user@localhost:${port}`, 400],
  [`localhost:${port}, evil.example`, 400],
  [`local host:${port}`, 400],
  [`localhost:${port}:1`, 400],
  [`localhost:`, 400],
  [`http://localhost:${port}`, 400],
  [`[::1:${port}`, 400],
];

const paths = ['/mcp', '/health', '/ready', '/v1/things', '//mcp', '/%2e%2e%2fmcp', '/mcp;x', '/mcp%00'];

describe('GUARD-1: Host', () => {
  it('matrix: only the exact loopback names with the own port pass, on every path', async () => {
    await using server = await serve([echo]);
    const wrong: string[] = [];
    for (const path of paths) {
      for (const [host, expected] of hostCases(server.port)) {
        const { status } = await rawRequest({ ...server, path, method: 'GET', headers: { host, authorization } });
        // behind the guard: the route's own status
        const isThrough = status === 200 || status === 404 || status === 405;
        if (expected === 200 ? !isThrough : status !== expected) wrong.push(`${path} ${host}: ${status}`);
      }
    }
    expect(wrong).toEqual([]);
  });

  it('two Host headers, none at all and a target that is no path are bad requests', async () => {
    await using server = await serve([echo]);
    const { port } = server;
    const head = (lines: string[]) => `${lines.join('\r\n')}\r\nconnection: close\r\n\r\n`;
    const host = `host: 127.0.0.1:${port}`;
    expect(await rawBytes(port, head(['GET /health HTTP/1.1', host, host]))).toBe(400);
    expect(await rawBytes(port, head(['GET /health HTTP/1.1', host, 'host: evil.example']))).toBe(400);
    expect(await rawBytes(port, head(['GET /health HTTP/1.1']))).toBe(400);
    expect(await rawBytes(port, head(['GET /health HTTP/1.1', 'host:']))).toBe(400);
    expect(await rawBytes(port, head(['GET /health HTTP/1.0']))).toBe(400);
    expect(await rawBytes(port, head([`GET http://127.0.0.1:${port}/v1 HTTP/1.1`, host]))).toBe(400);
    expect(await rawBytes(port, head(['GET /v1 HTTP/1.1', host, 'authorization: a', 'authorization: b']))).toBe(400);
    expect(await rawBytes(port, head(['GET /v1 HTTP/1.1', host, ' folded']))).toBe(400);
  });

  it('hosts names another list, and port another port', async () => {
    await using named = await guarded({ hosts: ['tale.test:80'] });
    expect((await named.send({ method: 'GET', headers: { authorization, host: 'tale.test:80' } })).status).toBe(200);
    expect((await named.send({ method: 'GET', headers: { authorization } })).status).toBe(403);
    await using forwarded = await guarded({ port: 80 });
    for (const host of ['localhost:80', 'localhost', '127.0.0.1']) {
      expect((await forwarded.send({ method: 'GET', headers: { authorization, host } })).status).toBe(200);
    }
  });
});

describe('GUARD-2: Origin', () => {
  it('is absent, the own one or an allowed one; anything else is forbidden, with and without a token', async () => {
    await using server = await guarded({ allowOrigins: ['https://console.test'], public: ['/v1/things'] });
    const own = [`http://127.0.0.1:${server.port}`, `http://localhost:${server.port}`, 'https://console.test'];
    const foreign = [
      'null',
      'http://evil.example',
      `https://localhost:${server.port}`,
      'http://localhost',
      'file://',
      '',
    ];
    for (const extra of [{}, { authorization }]) {
      for (const origin of own)
        expect((await server.send({ method: 'GET', headers: { origin, ...extra } })).status).toBe(200);
      for (const origin of foreign) {
        const answer = await server.send({ method: 'GET', headers: { origin, ...extra } });
        expect([origin, answer.status]).toEqual([origin, 403]);
        expect(answer.headers['access-control-allow-origin']).toBeUndefined();
      }
    }
  });

  it('a preflight of a foreign page is refused', async () => {
    await using server = await serve([echo]);
    const headers = { origin: 'http://evil.example', 'access-control-request-method': 'POST' };
    expect((await rawRequest({ ...server, method: 'OPTIONS', headers })).status).toBe(403);
    expect((await rawRequest({ ...server, method: 'OPTIONS' })).status).toBe(401);
  });
});

describe('GUARD-3: token', () => {
  const headersOf = (value: string) => ({ authorization: value });

  it.each([
    ['none', {}, 'Bearer'],
    ['a wrong one', headersOf('Bearer wrong'), 'Bearer error="invalid_token"'],
    ['an empty one', headersOf('Bearer '), 'Bearer error="invalid_token"'],
    ['another kind', headersOf(`Basic ${token}`), 'Bearer error="invalid_token"'],
    ['a longer one', headersOf(`${authorization}x`), 'Bearer error="invalid_token"'],
    ['a cookie', { cookie: `token=${token}` }, 'Bearer'],
  ])('%s is answered with 401 and a challenge', async (_name, headers, challenge) => {
    await using server = await guarded();
    for (const path of ['/v1/things', `/v1/things?token=${token}`, `/v1/things?access_token=${token}`]) {
      const answer = await server.send({ method: 'GET', path, headers });
      expect(answer.status).toBe(401);
      expect(answer.headers['www-authenticate']).toBe(challenge);
      expect(JSON.parse(answer.text).error).toMatchObject({ code: 'unauthorized', source: 'server', retryable: false });
    }
    expect(server.passes).toEqual([]);
  });

  it('names the principal of a token, and follows a source that changes', async () => {
    let tokens: Record<string, string> = { console: 'a-1', owner: 'b-1', nobody: '' };
    await using server = await guarded({ tokens: () => tokens });
    const send = (value: string) => server.send({ method: 'GET', headers: headersOf(`bearer ${value}`) });
    expect((await send('a-1')).status).toBe(200);
    expect((await send('b-1')).status).toBe(200);
    tokens = { console: 'a-2' };
    expect((await send('a-1')).status).toBe(401);
    expect((await send('a-2')).status).toBe(200);
    expect(server.passes.map(({ principal }) => principal?.id)).toEqual(['console', 'owner', 'console']);
  });

  it('a public path needs none, but does not take a wrong one', async () => {
    await using server = await guarded({ public: (path) => path === '/v1/things' });
    expect((await server.send({ method: 'GET' })).status).toBe(200);
    expect((await server.send({ method: 'GET', headers: { authorization } })).status).toBe(200);
    expect((await server.send({ method: 'GET', headers: headersOf('Bearer wrong') })).status).toBe(401);
    expect((await server.send({ method: 'GET', path: '/v1' })).status).toBe(401);
    expect(server.passes.map(({ principal }) => principal?.id)).toEqual([undefined, 'owner']);
  });

  it('after 20 wrong ones of an address in a minute come 429, while the right one passes', async () => {
    const clock = manualClock();
    await using server = await guarded({ clock });
    const wrong = () => server.send({ method: 'GET', headers: headersOf('Bearer wrong') });
    const statuses: number[] = [];
    for (let index = 0; index < 22; index += 1) statuses.push((await wrong()).status);
    expect(statuses).toEqual([...Array(20).fill(401), 429, 429]);
    const limited = await wrong();
    expect(limited.headers['retry-after']).toBe('3');
    expect(JSON.parse(limited.text).error).toMatchObject({
      code: 'rate-limited',
      retryable: true,
      retryAfterMs: 3_000,
    });
    expect((await server.send({ method: 'GET', headers: { authorization } })).status).toBe(200);
    await clock.advance(3_000);
    expect((await wrong()).status).toBe(401);
  });

  it('GUARD-6: no token is ever logged or echoed', async () => {
    const logger = recordingLogger();
    await using server = await guarded({ logger });
    const answers = [
      await server.send({ method: 'GET', headers: headersOf('Bearer wrong-secret') }),
      await server.send({ method: 'GET', path: `/v1?token=${token}` }),
      await server.send({ method: 'POST', headers: { authorization, 'content-type': 'text/plain' }, body: 'x' }),
    ];
    const everything = logger.lines.join('\n') + answers.map(({ text }) => text).join('\n');
    expect(logger.lines).toHaveLength(3);
    expect(everything).not.toContain(token);
    expect(everything).not.toContain('wrong-secret');
  });
});

describe('createGuardedHttpServer', () => {
  it('answers 500 with an envelope when the handler throws, and tells the logger', async () => {
    const logger = recordingLogger();
    const server = createGuardedHttpServer(
      () => {
        throw new Error('broken');
      },
      { logger, source: 'gateway' },
    );
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const answer = await rawRequest({ port, method: 'GET' });
    expect(answer.status).toBe(500);
    expect(JSON.parse(answer.text).error).toMatchObject({ code: 'internal', source: 'gateway', retryable: false });
    expect(answer.text).not.toContain('broken');
    expect(logger.lines).toHaveLength(1);
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  it('has the time limits that end half-open connections', () => {
    const server = createGuardedHttpServer(() => {});
    expect(server).toMatchObject({ headersTimeout: 10_000, requestTimeout: 60_000, keepAliveTimeout: 65_000 });
  });
});

describe('the body of a refusal', () => {
  it('has the shape that its path is given, whatever the reason, with the status and the headers as before', async () => {
    const bodies: object[] = [];
    await using server = await guarded({
      maxBodyBytes: 10,
      refusalBody: (error, { status, path }) => {
        const body = path.startsWith('/other/') ? { odd: error.code } : { error };
        bodies.push({ status, path, code: error.code });
        return body;
      },
    });
    const json = { authorization, 'content-type': 'application/json' };
    const requests = [
      [{ method: 'GET' }, 401, 'unauthorized'],
      [{ method: 'GET', headers: { authorization: 'Bearer wrong' } }, 401, 'unauthorized'],
      [{ method: 'GET', headers: { host: 'evil.example', authorization } }, 403, 'forbidden'],
      [
        { method: 'POST', headers: { authorization, 'content-type': 'text/plain' }, body: 'x' },
        415,
        'unsupported-media-type',
      ],
      [{ method: 'POST', headers: json, body: JSON.stringify({ long: 'body' }) }, 413, 'too-large'],
    ] as const;
    for (const [request, status, code] of requests) {
      const other = await server.send({ ...request, path: '/other/things?x=1' });
      expect([other.status, JSON.parse(other.text)]).toEqual([status, { odd: code }]);
      expect(bodies.pop()).toEqual({ status, path: '/other/things', code });
      if (status === 401) expect(other.headers['www-authenticate']).toContain('Bearer');
      expect(JSON.parse((await server.send(request)).text)).toMatchObject({ error: { code, source: 'server' } });
    }
  });
});
