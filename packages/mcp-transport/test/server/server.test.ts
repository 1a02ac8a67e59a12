import { once } from 'node:events';
import { createServer } from 'node:http';
import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { createGuard, createGuardedHttpServer, type Guard } from '../../src/guard/index.js';
import { createMcpPool, createMcpServer } from '../../src/index.js';
import { callTool } from '../../src/light/index.js';
import { modernBody, modernHeaders } from '../../src/wire/modern.js';
import { callBody, callHeaders, client, info, settle } from '../support/calls.js';
import { rawRequest } from '../support/raw-request.js';
import { echo, recordingLogger, serve, token, waitTool } from '../support/serve.js';

describe('handle', () => {
  it('leaves other paths to the app, behind the same guard', async () => {
    const guard = createGuard({ tokens: token, public: ['/health', '/ready'] });
    await using mcp = createMcpServer({ info, tools: [echo], guard });
    const http = createGuardedHttpServer(async (request, response) => {
      if (await mcp.handle(request, response)) return;
      if (await guard(request, response)) response.end('mine');
    });
    await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
    const { port } = http.address() as { port: number };
    expect(await callTool({ url: `http://127.0.0.1:${port}`, token, name: 'echo', args: { text: 'x' } })).toEqual({
      text: 'x',
    });
    const headers = { authorization: `Bearer ${token}` };
    expect((await rawRequest({ port, path: '/v1', method: 'GET', headers })).text).toBe('mine');
    expect((await rawRequest({ port, path: '/v1', method: 'GET' })).status).toBe(401);
    expect((await rawRequest({ port, path: '/health', method: 'GET' })).status).toBe(200);
    http.closeAllConnections();
    await new Promise((resolve) => http.close(resolve));
  });
});

describe('a client that left before its request is handled', () => {
  it('runs nothing', async () => {
    const wait = waitTool();
    const inner = createGuard({ tokens: token });
    const guard: Guard = async (request, response) => {
      const pass = await inner(request, response);
      request.socket.destroy();
      await once(response, 'close');
      return pass;
    };
    await using mcp = createMcpServer({ info, tools: [wait.tool], guard });
    let handled: Promise<boolean> | undefined;
    const http = createServer((request, response) => {
      handled = mcp.handle(request, response);
    });
    await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
    const { port } = http.address() as { port: number };
    await settle(rawRequest({ port, headers: callHeaders('wait'), body: callBody('wait', {}) }));
    expect(await handled).toBe(true);
    expect(wait.runs()).toBe(0);
    await new Promise((resolve) => http.close(resolve));
  });
});

describe('listen', () => {
  it('opens loopback addresses only', async () => {
    await using server = createMcpServer({ info, tools: [], auth: { tokens: token } });
    for (const host of ['0.0.0.0', '::', '192.168.0.1', 'example.test']) {
      await expect(server.listen({ host })).rejects.toMatchObject({ code: 'forbidden', retryable: false });
    }
  });

  it('a taken port is an error with the reason of the system', async () => {
    await using taken = await serve([]);
    await using server = createMcpServer({ info, tools: [], auth: { tokens: token } });
    await expect(server.listen({ port: taken.port })).rejects.toMatchObject({
      code: 'connect',
      cause: { code: 'EADDRINUSE' },
    });
    const { url, port } = await server.listen();
    expect(url).toBe(`http://127.0.0.1:${port}`);
  });

  it('a closed server does not open again', async () => {
    const server = createMcpServer({ info, tools: [], auth: { tokens: token } });
    await server.close();
    await expect(server.listen()).rejects.toMatchObject({ code: 'closed' });
  });
});

describe('SERVER-1: close', () => {
  it('lets calls in flight end, takes nothing new, and ends twice without harm', async () => {
    const wait = waitTool();
    await using server = await serve([wait.tool]);
    await using pool = createMcpPool({ servers: { it: { url: server.url, token } }, random: () => 0 });
    // two connections are open: the second one is idle when the server begins to close
    const idle = pool.listTools('it');
    const busy = pool.callTool('it', 'wait');
    await Promise.all([idle, wait.started]);
    const closing = server.server.close({ graceMs: 20_000 });
    await turn();
    const late = await settle(pool.callTool('it', 'wait', {}, { totalMs: 500 }));
    expect(late).toMatchObject({ name: 'McpTransportError' });
    expect(['connect', 'overloaded', 'stream-lost', 'timeout']).toContain((late as { code: string }).code);
    wait.release();
    expect((await busy).structured).toEqual({ runs: 1 });
    await closing;
    await server.server.close();
    expect(wait.runs()).toBe(1);
  });

  it('a request on an open connection is answered with 503 and Retry-After while it drains', async () => {
    const wait = waitTool();
    const guard = createGuard({ tokens: token, public: ['/ready'] });
    const mcp = createMcpServer({ info, tools: [wait.tool], guard });
    const http = createGuardedHttpServer((request, response) => mcp.handle(request, response));
    await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
    const { port } = http.address() as { port: number };
    const busy = callTool({ url: `http://127.0.0.1:${port}`, token, name: 'wait' });
    await wait.started;
    const closing = mcp.close({ graceMs: 20_000 });
    const ready = await rawRequest({ port, path: '/ready', method: 'GET' });
    expect([ready.status, ready.headers['retry-after'], JSON.parse(ready.text).status]).toEqual([503, '1', 'draining']);
    const refused = await rawRequest({ port, headers: callHeaders('wait'), body: callBody('wait') });
    expect([refused.status, refused.headers['retry-after']]).toEqual([503, '1']);
    expect(JSON.parse(refused.text).error).toMatchObject({ code: 'shutting-down', retryable: true, source: 'gateway' });
    wait.release();
    await busy;
    await closing;
    http.closeAllConnections();
    await new Promise((resolve) => http.close(resolve));
  });

  it('after the grace the rest is aborted, and the caller sees a lost stream', async () => {
    const wait = waitTool();
    const logger = recordingLogger();
    const mcp = createMcpServer({ info, tools: [wait.tool], auth: { tokens: token }, logger });
    const { url } = await mcp.listen();
    const busy = settle(callTool({ url, token, name: 'wait', args: { report: true }, onProgress: () => {} }));
    await wait.started;
    await mcp.close({ graceMs: 20 });
    expect(await wait.aborted).toBeDefined();
    expect(await busy).toMatchObject({ code: 'stream-lost', retryable: true, mayHaveRun: true });
    expect(logger.lines.join()).toContain('did not end in time');
  });

  it('an open subscription does not hold it up', async () => {
    await using server = await serve([echo]);
    const body = modernBody({
      id: 1,
      method: 'subscriptions/listen',
      params: { notifications: { toolsListChanged: true } },
      client,
    });
    const listening = rawRequest({ ...server, headers: modernHeaders('subscriptions/listen', undefined, token), body });
    await new Promise((resolve) => setTimeout(resolve, 100));
    await server.server.close({ graceMs: 20_000 });
    expect((await settle(listening)) as object).toBeDefined();
  });
});
