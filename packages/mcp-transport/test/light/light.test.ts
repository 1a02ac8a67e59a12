import { readFile } from 'node:fs/promises';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { temporaryFolder, until } from '@tale/test-kit';
import { build } from 'tsup';
import { describe, expect, it } from 'vitest';
import { createGuard, createGuardedHttpServer } from '../../src/guard/index.js';
import { callTool, getJson, type LightCall, readEvents } from '../../src/light/index.js';
import { type Fault, failedResult, startFaultyServer } from '../../src/testing/index.js';
import { settle } from '../support/calls.js';
import { count, echo, serve, token } from '../support/serve.js';

async function callWith(fault: Fault, call: Partial<LightCall> = {}) {
  await using faulty = await startFaultyServer();
  faulty.fail(fault);
  const outcome = await settle(callTool({ url: faulty.url, name: 'echo', args: { a: 1 }, ...call }));
  return { outcome, calls: faulty.requests };
}

describe('callTool of ./light', () => {
  it('takes the base address or the endpoint', async () => {
    await using server = await serve([echo]);
    for (const url of [server.url, `${server.url}/`, `${server.url}/mcp`]) {
      expect(await callTool({ url, token, name: 'echo', args: { text: 'x' } })).toEqual({ text: 'x' });
    }
  });

  it('gives the text where there is no structured answer', async () => {
    const result = { content: [{ type: 'text', text: 'plain' }] };
    expect((await callWith({ kind: 'result', result })).outcome).toEqual({ text: 'plain' });
  });

  it.each([
    [{ kind: 'reset' }, 'stream-lost'],
    [{ kind: 'drop-mid-stream' }, 'stream-lost'],
    [{ kind: 'cut-frame' }, 'stream-lost'],
    [{ kind: 'status', status: 500 }, 'protocol'],
    [{ kind: 'status', status: 503, headers: { 'retry-after': '0' } }, 'overloaded'],
    [{ kind: 'status', status: 429, headers: { 'retry-after': '0' } }, 'overloaded'],
  ] as [Fault, string][])('LIGHT-1: after %j a keyed call is sent once more, another is not', async (fault, code) => {
    const plain = await callWith(fault);
    expect(plain.outcome).toMatchObject({ code, retryable: true, attempt: 1 });
    expect(plain.calls).toHaveLength(1);
    const keyed = await callWith(fault, { idempotencyKey: 'key-1' });
    expect(keyed.outcome).toEqual({ a: 1 });
    expect(keyed.calls.map(({ key }) => key)).toEqual(['key-1', 'key-1']);
  });

  it('the second failure is the last', async () => {
    await using faulty = await startFaultyServer();
    faulty.fail({ kind: 'reset' }, { kind: 'reset' });
    const call = callTool({ url: faulty.url, name: 'echo', idempotencyKey: 'k' });
    await expect(call).rejects.toMatchObject({ code: 'stream-lost', attempt: 2 });
    expect(faulty.requests).toHaveLength(2);
  });

  it('a refused connection is tried once more; then the error is connect', async () => {
    const gone = await startFaultyServer();
    await gone.close();
    const call = callTool({ url: gone.url, name: 'echo' });
    await expect(call).rejects.toMatchObject({ code: 'connect', attempt: 2, retryable: true, mayHaveRun: false });
    const later = callTool({ url: gone.url, name: 'echo', args: { a: 1 } });
    await new Promise((resolve) => setTimeout(resolve, 20));
    await using _back = await startFaultyServer({ port: gone.port });
    expect(await later).toEqual({ a: 1 });
  });

  it('an abort ends the wait before the second attempt', async () => {
    const controller = new AbortController();
    await using faulty = await startFaultyServer();
    faulty.fail({ kind: 'status', status: 503, headers: { 'retry-after': '2' } });
    const call = settle(callTool({ url: faulty.url, name: 'echo', idempotencyKey: 'k', signal: controller.signal }));
    await until('the first attempt', () => faulty.requests.length === 1);
    await new Promise((resolve) => setTimeout(resolve, 20));
    controller.abort();
    expect(await call).toMatchObject({ code: 'aborted' });
    expect(faulty.requests).toHaveLength(1);
  });

  it('a hanging server ends in a timeout, and is told', async () => {
    await using faulty = await startFaultyServer();
    faulty.fail({ kind: 'hang' });
    const call = callTool({ url: faulty.url, name: 'echo', timeoutMs: 50 });
    await expect(call).rejects.toMatchObject({ code: 'timeout', retryable: true, mayHaveRun: true });
    await until('the server sees the connection closed', () => faulty.cancelled === 1);
  });

  it.each([
    [{ kind: 'status', status: 401 }, { code: 'unauthorized' }],
    [{ kind: 'status', status: 403 }, { code: 'forbidden' }],
    [{ kind: 'status', status: 413 }, { code: 'too-large' }],
    [{ kind: 'status', status: 302, headers: { location: 'http://127.0.0.1:1/' } }, { code: 'protocol' }],
    [{ kind: 'status', status: 406, body: 'Not Acceptable' }, { code: 'version' }],
    [{ kind: 'status', status: 400, body: '{"error":{"code":-32022,"message":"old"}}' }, { code: 'version' }],
    [{ kind: 'status', status: 200, body: '<html>' }, { code: 'protocol' }],
    [{ kind: 'status', status: 200, body: ' '.repeat(17 << 20) }, { code: 'too-large' }],
    [{ kind: 'wrong-id' }, { code: 'protocol' }],
    [{ kind: 'result', result: { resultType: 'input_required' } }, { code: 'input-required' }],
    [
      { kind: 'rpc-error', code: -32601, message: 'no' },
      { code: 'protocol', mayHaveRun: false },
    ],
  ] as [Fault, object][])('%j is final: %j', async (fault, facts) => {
    const { outcome, calls } = await callWith(fault, { idempotencyKey: 'k' });
    expect(outcome).toMatchObject({ ...facts, retryable: false, attempt: 1, server: null, method: 'tools/call' });
    expect(calls).toHaveLength(1);
  });

  it('a failed tool is not repeated, whatever its envelope says', async () => {
    const error = {
      code: 'busy',
      message: 'm',
      hint: 'h',
      source: 'gateway',
      retryable: true,
      retryAfterMs: 1,
      details: {},
    };
    const { outcome, calls } = await callWith({ kind: 'result', result: failedResult(error) }, { idempotencyKey: 'k' });
    expect(outcome).toMatchObject({ code: 'tool-error', envelope: error });
    expect(calls).toHaveLength(1);
  });

  it('an address that is none is a mistake of the caller', async () => {
    await expect(callTool({ url: 'file:///etc/passwd', name: 'echo' })).rejects.toThrow(TypeError);
  });

  it('speaks TLS where the address says so', async () => {
    await using faulty = await startFaultyServer();
    const call = callTool({ url: faulty.url.replace('http:', 'https:'), name: 'echo' });
    await expect(call).rejects.toMatchObject({ name: 'McpTransportError' });
  });
});

describe('LIGHT-2: the light client against the SDK client', () => {
  const relevant = [
    'accept',
    'authorization',
    'content-type',
    'content-length',
    'mcp-protocol-version',
    'mcp-method',
    'mcp-name',
  ];

  const cases: [name: string, args: object, options: { progress?: boolean; key?: string }][] = [
    ['echo', { text: 'x' }, {}],
    ['écho ✓', { text: 'ü', list: [1, { a: null }] }, {}],
    [' padded ', {}, {}],
    ['=?base64?eA==?=', {}, {}],
    ['', {}, {}],
    ['with progress', { a: 1 }, { progress: true }],
    ['with a key', { a: 1 }, { key: 'k-1' }],
  ];
  it.each(cases)('sends the same headers and the same body for %j', async (name, args, { progress = false, key }) => {
    await using faulty = await startFaultyServer();
    const client = new Client(
      { name: 'tale-light', version: '1' },
      { versionNegotiation: { mode: { pin: '2026-07-28' } } },
    );
    const headers = { authorization: `Bearer ${token}` };
    await client.connect(new StreamableHTTPClientTransport(new URL(`${faulty.url}/mcp`), { requestInit: { headers } }));
    // the SDK counts ids from 0 and ours is 1
    await client.callTool({ name: 'first', arguments: {} });
    const meta = key === undefined ? {} : { _meta: { 'tale/idempotency-key': key } };
    await client.callTool({ name, arguments: { ...args }, ...meta }, progress ? { onprogress: () => {} } : {});
    await client.close();
    await callTool({
      ...{ url: faulty.url, token, name, args },
      ...(progress ? { onProgress: () => {} } : {}),
      ...(key === undefined ? {} : { idempotencyKey: key }),
    });
    const [sdk, light] = faulty.requests.slice(-2).map((request) => ({
      headers: relevant.map((header) => [header, request.headers[header]]),
      body: JSON.stringify(request.body),
    }));
    expect(light).toEqual(sdk);
  });

  it('and the SDK client works against our server, progress and errors included', async () => {
    await using server = await serve([echo, count]);
    const client = new Client({ name: 'x', version: '1' }, { versionNegotiation: { mode: { pin: '2026-07-28' } } });
    const headers = { authorization: `Bearer ${token}` };
    await client.connect(new StreamableHTTPClientTransport(new URL(`${server.url}/mcp`), { requestInit: { headers } }));
    const reports: number[] = [];
    await client.callTool({ name: 'count', arguments: {} }, { onprogress: ({ progress }) => reports.push(progress) });
    expect(reports).toEqual([1, 2, 3]);
    expect((await client.listTools()).tools.map(({ name }) => name)).toEqual(['echo', 'count']);
    await expect(client.callTool({ name: 'no', arguments: {} })).rejects.toMatchObject({ code: -32602 });
    await client.close();
  });
});

describe('reads', () => {
  interface Routed extends AsyncDisposable {
    readonly url: string;
    readonly seen: (string | undefined)[];
  }

  /** An app's reads behind the guard. */
  async function routed(stream: (response: ServerResponse) => void = () => {}): Promise<Routed> {
    const guard = createGuard({ tokens: token, source: 'gateway' });
    const seen: (string | undefined)[] = [];
    const server = createGuardedHttpServer(async (request, response) => {
      if (!(await guard(request, response))) return;
      seen.push(request.headers['last-event-id'] as string | undefined);
      if (request.url === '/v1/events') {
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        return stream(response);
      }
      if (request.url === '/v1/none') {
        response.writeHead(404, { 'content-type': 'application/json' });
        const error = { code: 'task-not-found', message: 'no task', hint: 'tale list', retryable: false };
        return response.end(JSON.stringify({ error }));
      }
      if (request.url === '/v1/hang') return undefined;
      response.writeHead(200, { 'content-type': 'application/json' });
      return response.end(request.url === '/v1/broken' ? '{' : JSON.stringify({ url: request.url }));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return {
      url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      seen,
      async [Symbol.asyncDispose]() {
        server.closeAllConnections();
        await new Promise((resolve) => server.close(resolve));
      },
    };
  }

  it('getJson reads a document, and errors carry the envelope of the body', async () => {
    await using server = await routed();
    const read = (path: string, options = {}) => getJson({ url: server.url, token, path, ...options });
    expect(await read('/v1/tasks?limit=3')).toEqual({ url: '/v1/tasks?limit=3' });
    await expect(read('/v1/none')).rejects.toMatchObject({
      ...{ code: 'protocol', status: 404, message: 'no task', retryable: false, method: null },
      envelope: { code: 'task-not-found', hint: 'tale list' },
    });
    await expect(read('/v1/broken')).rejects.toMatchObject({ code: 'protocol' });
    await expect(read('/v1/hang', { timeoutMs: 50 })).rejects.toMatchObject({ code: 'timeout' });
    await expect(read('/v1', { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'aborted' });
    await expect(read('/v1', { token: 'wrong' })).rejects.toMatchObject({
      ...{ code: 'unauthorized', status: 401 },
      envelope: { code: 'unauthorized', source: 'gateway' },
    });
  });

  it('readEvents yields events until the server ends, and goes on after an id', async () => {
    await using server = await routed((response) => {
      response.write(': hello\n\nid: 1\nevent: task-queued\ndata: {"a":1}\n\n');
      response.end('data: two\n\n');
    });
    const events = [];
    for await (const event of readEvents({ url: server.url, token, path: '/v1/events' })) events.push(event);
    expect(events).toEqual([
      { event: 'task-queued', data: '{"a":1}', id: '1' },
      { event: 'message', data: 'two', id: '1' },
    ]);
    for await (const _ of readEvents({ url: server.url, token, path: '/v1/events', lastEventId: '1' }));
    expect(server.seen).toEqual([undefined, '1']);
  });

  it('leaving the loop closes the connection', async () => {
    let closed = false;
    await using server = await routed((response) => {
      response.write('data: 1\n\n');
      response.on('close', () => {
        closed = true;
      });
    });
    for await (const { data } of readEvents({ url: server.url, token, path: '/v1/events', timeoutMs: 5_000 })) {
      expect(data).toBe('1');
      break;
    }
    await until('the server sees it', () => closed);
  });

  it('an abort and a broken connection end the loop with an error', async () => {
    const responses: ServerResponse[] = [];
    await using server = await routed((response) => {
      responses.push(response);
      response.write('data: 1\n\n');
    });
    const controller = new AbortController();
    const read = async (onEvent: () => void) => {
      for await (const _ of readEvents({ url: server.url, token, path: '/v1/events', signal: controller.signal }))
        onEvent();
    };
    await expect(read(() => responses[0]?.destroy())).rejects.toMatchObject({ code: 'stream-lost', retryable: true });
    await expect(read(() => controller.abort())).rejects.toMatchObject({ code: 'aborted' });
  });

  it('what is no event stream is refused with its reason', async () => {
    await using server = await routed();
    const read = async (path: string) => {
      for await (const _ of readEvents({ url: server.url, token, path }));
    };
    await expect(read('/v1/tasks')).rejects.toMatchObject({ code: 'protocol' });
    await expect(read('/v1/none')).rejects.toMatchObject({ envelope: { code: 'task-not-found' } });
  });
});

describe('LIGHT-3: weight', () => {
  it('is at most 8 KB minified and imports node:http, and node:https where it is needed', async () => {
    await using folder = await temporaryFolder();
    await build({
      ...{ entry: { light: 'src/light/index.ts' }, outDir: folder.path, format: 'esm', target: 'node20' },
      ...{ minify: true, removeNodeProtocol: false, silent: true, config: false, dts: false, clean: false },
    });
    const code = await readFile(join(folder.path, 'light.mjs'), 'utf8').catch(() =>
      readFile(join(folder.path, 'light.js'), 'utf8'),
    );
    const imports = [...code.matchAll(/(?:from|import|import\()\s*["']([^"']+)["']/g)].map((match) => match[1]);
    expect(imports.sort()).toEqual(['node:http', 'node:https']);
    expect(Buffer.byteLength(code)).toBeLessThanOrEqual(8_192);
  });
});

it('a server that answers nothing that HTTP knows is a lost stream', async () => {
  const server = createServer((_request, response) => response.socket?.end('nonsense\r\n\r\n'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  await expect(callTool({ url, name: 'echo' })).rejects.toMatchObject({ code: 'stream-lost', mayHaveRun: true });
  await new Promise((resolve) => server.close(resolve));
});
