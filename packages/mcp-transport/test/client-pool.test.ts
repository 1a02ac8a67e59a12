import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { until } from '@tale/test-kit';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../src/clock.js';
import { type CallOptions, createMcpPool, type McpPoolOptions, type ServerOptions } from '../src/index.js';
import { type Fault, failedResult, startFaultyServer } from '../src/testing/index.js';
import { settle } from './support/calls.js';
import { count, echo, serve, token, waitTool } from './support/serve.js';

const safeTools = [{ name: 'echo', inputSchema: { type: 'object' }, annotations: { readOnlyHint: true } }];

function poolOf(url: string, server: Partial<ServerOptions> = {}, options: Partial<McpPoolOptions<'it'>> = {}) {
  return createMcpPool({ servers: { it: { url, token, ...server } }, random: () => 0, ...options });
}

/** The answer of one call that meets a fault. */
async function callWith(fault: Fault, call: CallOptions = {}, server: Partial<ServerOptions> = {}) {
  await using faulty = await startFaultyServer({ tools: safeTools });
  await using pool = poolOf(faulty.url, server);
  faulty.fail(fault);
  const outcome = await settle(pool.callTool('it', 'echo', { a: 1 }, call));
  return { outcome, runs: faulty.runs, calls: faulty.requests.filter(({ method }) => method === 'tools/call') };
}

describe('a call of the pool', () => {
  it('is one POST, and kept-alive connections are used again', async () => {
    await using faulty = await startFaultyServer();
    await using pool = poolOf(faulty.url);
    for (let index = 0; index < 3; index += 1) await pool.callTool('it', 'echo', { index });
    expect(faulty.requests.map(({ method }) => method)).toEqual(['tools/call', 'tools/call', 'tools/call']);
  });

  it('100 at once get their own answers', async () => {
    await using server = await serve([echo]);
    await using pool = poolOf(server.url);
    const texts = Array.from({ length: 100 }, (_, index) => `text ${index}`);
    const outcomes = await Promise.all(texts.map((text) => pool.callTool('it', 'echo', { text })));
    expect(outcomes.map(({ structured }) => structured?.text)).toEqual(texts);
  });

  it('a stream is read to its end, so that its connection is used again', async () => {
    await using server = await serve([count]);
    await using pool = poolOf(server.url, { limits: { inFlight: 1 } });
    for (let index = 0; index < 5; index += 1) {
      const reports: number[] = [];
      await pool.callTool('it', 'count', {}, { onProgress: ({ progress }) => reports.push(progress) });
      expect(reports).toEqual([1, 2, 3]);
    }
  });

  it('listTools gives names, schemas and annotations', async () => {
    await using server = await serve([echo]);
    await using pool = poolOf(server.url);
    expect(await pool.listTools('it')).toMatchObject([
      {
        ...{ name: 'echo', description: 'Answers with what it was asked.', annotations: { readOnlyHint: true } },
        inputSchema: { type: 'object', required: ['text'] },
      },
    ]);
  });

  it('a server that the pool does not have, and an address that is none, are mistakes of the caller', async () => {
    await using pool = poolOf('http://127.0.0.1:1');
    await expect(pool.callTool('other' as 'it', 'echo')).rejects.toThrow(RangeError);
    expect(() => poolOf('ftp://127.0.0.1')).toThrow(TypeError);
    expect(() => poolOf('nonsense')).toThrow(TypeError);
  });
});

describe('faults and classes', () => {
  const unsafe = {};
  const keyed = { idempotencyKey: 'key-1' };
  const trusting = { trustHints: true };
  const broken: Fault[] = [
    { kind: 'reset' },
    { kind: 'drop-mid-stream' },
    { kind: 'cut-frame' },
    { kind: 'status', status: 500, body: 'oops' },
    { kind: 'status', status: 502 },
    { kind: 'status', status: 504 },
  ];

  it.each(broken)('RETRY-3: an unsafe call that met $kind $status is not sent again', async (fault) => {
    const { outcome, calls } = await callWith(fault, unsafe);
    expect(outcome).toMatchObject({
      code: fault.kind === 'status' ? 'protocol' : 'stream-lost',
      ...{ mayHaveRun: true, retryable: true, server: 'it', method: 'tools/call', attempt: 1 },
    });
    expect(calls).toHaveLength(1);
  });

  it.each(broken)('a keyed call that met $kind $status is sent again with the same key', async (fault) => {
    const { outcome, calls } = await callWith(fault, keyed);
    expect(outcome).toMatchObject({ structured: { a: 1 } });
    expect(calls.map(({ key }) => key)).toEqual(['key-1', 'key-1']);
    expect(new Set(calls.map(({ body }) => body.id)).size).toBe(2);
  });

  it('hints are believed only where they are trusted', async () => {
    expect((await callWith({ kind: 'reset' }, unsafe, trusting)).outcome).toMatchObject({ structured: { a: 1 } });
    expect((await callWith({ kind: 'reset' }, unsafe)).outcome).toMatchObject({ code: 'stream-lost' });
  });

  it('a key counts only on a server that honours keys', async () => {
    await using faulty = await startFaultyServer({ honoursKeys: false });
    await using pool = poolOf(faulty.url);
    faulty.fail({ kind: 'reset' });
    await expect(pool.callTool('it', 'echo', {}, keyed)).rejects.toMatchObject({ code: 'stream-lost' });
  });

  it.each([429, 503])('%i with Retry-After is waited for', async (status) => {
    const { outcome, calls } = await callWith({ kind: 'status', status, headers: { 'retry-after': '0' } }, unsafe);
    expect(outcome).toMatchObject({ structured: { a: 1 } });
    expect(calls).toHaveLength(2);
  });

  it('503 with a long Retry-After fails at once and says how long', async () => {
    const { outcome } = await callWith({ kind: 'status', status: 503, headers: { 'retry-after': '120' } }, unsafe);
    expect(outcome).toMatchObject({ code: 'overloaded', status: 503, retryable: true, retryAfterMs: 120_000 });
  });

  it('a refused connection is tried again, and ends with connect', async () => {
    const gone = await startFaultyServer();
    await gone.close();
    await using pool = poolOf(gone.url);
    await expect(pool.callTool('it', 'echo')).rejects.toMatchObject({
      ...{ code: 'connect', retryable: true, mayHaveRun: false, attempt: 4 },
    });
  });

  it('a server that comes back is found again', async () => {
    const gone = await startFaultyServer();
    await gone.close();
    await using pool = poolOf(gone.url, {}, { random: () => 1 });
    const outcome = pool.callTool('it', 'echo', { a: 1 });
    await new Promise((resolve) => setTimeout(resolve, 50));
    await using _back = await startFaultyServer({ port: gone.port });
    expect((await outcome).structured).toEqual({ a: 1 });
  });

  it('a hanging server ends in a timeout, and is told', async () => {
    await using faulty = await startFaultyServer();
    await using pool = poolOf(faulty.url);
    faulty.fail({ kind: 'hang' }, { kind: 'hang' });
    await expect(pool.callTool('it', 'echo', {}, { timeoutMs: 50 })).rejects.toMatchObject({
      ...{ code: 'timeout', retryable: true, mayHaveRun: true },
    });
    await until('the server sees the connection closed', () => faulty.cancelled === 1);
    await expect(pool.callTool('it', 'echo', {}, { totalMs: 50 })).rejects.toMatchObject({ code: 'timeout' });
  });

  it('a slow answer is an answer', async () => {
    expect((await callWith({ kind: 'slow', delayMs: 100 })).outcome).toMatchObject({ structured: { a: 1 } });
  });

  it.each([
    [
      { kind: 'status', status: 401 },
      { code: 'unauthorized', status: 401, retryable: false },
    ],
    [
      { kind: 'status', status: 403 },
      { code: 'forbidden', status: 403 },
    ],
    [
      { kind: 'status', status: 413 },
      { code: 'too-large', status: 413 },
    ],
    [
      { kind: 'status', status: 302, headers: { location: 'http://127.0.0.1:1/' } },
      { code: 'protocol', status: 302 },
    ],
    [
      { kind: 'status', status: 404, body: 'Not Found' },
      { code: 'version', status: 404 },
    ],
    [
      { kind: 'status', status: 400, body: '{"jsonrpc":"2.0","error":{"code":-32000,"message":"no session"}}' },
      { code: 'version' },
    ],
    [
      { kind: 'status', status: 400, body: '{"jsonrpc":"2.0","error":{"code":-32022,"message":"old"}}' },
      { code: 'version' },
    ],
    [
      { kind: 'status', status: 400, body: '{"jsonrpc":"2.0","error":{"code":-32020,"message":"header"}}' },
      { code: 'protocol', mayHaveRun: false },
    ],
    [
      { kind: 'status', status: 200, body: '{"jsonrpc"' },
      { code: 'protocol', mayHaveRun: true },
    ],
    [{ kind: 'status', status: 200, body: 'null' }, { code: 'protocol' }],
    [{ kind: 'wrong-id' }, { code: 'protocol', mayHaveRun: true }],
    [
      { kind: 'rpc-error', code: -32603, message: 'boom' },
      { code: 'protocol', message: 'boom', mayHaveRun: true },
    ],
    [
      { kind: 'rpc-error', code: -32602, message: 'no such tool' },
      { code: 'protocol', mayHaveRun: false },
    ],
    [{ kind: 'result', result: { resultType: 'input_required', inputRequests: {} } }, { code: 'input-required' }],
  ] as [Fault, object][])('%j → %j, sent once', async (fault, facts) => {
    const { outcome, calls } = await callWith(fault, keyed);
    expect(outcome).toMatchObject({ attempt: 1, server: 'it', retryable: false, ...facts });
    expect(calls).toHaveLength(1);
  });

  it('an answer over 16 MiB is too large', async () => {
    const { outcome } = await callWith({ kind: 'status', status: 200, body: ' '.repeat(17 << 20) });
    expect(outcome).toMatchObject({ code: 'too-large', mayHaveRun: true, retryable: false });
  });

  it('the envelope of an { error } body is part of the error', async () => {
    const error = {
      code: 'shutting-down',
      message: 'going',
      hint: 'later',
      source: 'gateway',
      retryable: true,
      retryAfterMs: 40_000,
    };
    const { outcome } = await callWith({ kind: 'status', status: 503, body: JSON.stringify({ error }) });
    expect(outcome).toMatchObject({
      code: 'overloaded',
      message: 'going',
      envelope: { ...error, details: {} },
      retryAfterMs: 40_000,
    });
  });

  it('a failed tool is a result, or is thrown where that is asked for', async () => {
    const error = {
      code: 'x',
      message: 'm',
      hint: null,
      source: 's',
      retryable: true,
      retryAfterMs: 5,
      details: { a: 1 },
    };
    const fault: Fault = { kind: 'result', result: failedResult(error) };
    expect((await callWith(fault, keyed)).outcome).toMatchObject({ isError: true, error, structured: null });
    const thrown = await callWith(fault, { ...keyed, throwToolErrors: true });
    expect(thrown.outcome).toMatchObject({ code: 'tool-error', envelope: error, retryable: true, retryAfterMs: 5 });
    expect(thrown.calls).toHaveLength(1);
    const bare = await callWith({ kind: 'result', result: { isError: true, content: [{ type: 'text', text: 'no' }] } });
    expect(bare.outcome).toMatchObject({ isError: true, error: { code: 'tool-error', message: 'no', source: 'it' } });
  });

  it('a token that changed is read again after a 401', async () => {
    let current = token;
    let reads = 0;
    await using server = await serve([echo], { auth: { tokens: () => current } });
    await using pool = poolOf(server.url, {
      token: () => {
        reads += 1;
        return current;
      },
    });
    await pool.callTool('it', 'echo', { text: 'a' });
    current = 'another-token';
    expect((await pool.callTool('it', 'echo', { text: 'b' })).structured).toEqual({ text: 'b' });
    expect(reads).toBe(2);
  });

  it('errors carry no token and no arguments', async () => {
    const { outcome } = await callWith({ kind: 'reset' }, { idempotencyKey: 'k' }, { token: 'very-secret' });
    expect(outcome).toBeDefined();
    const failed = await callWith({ kind: 'status', status: 401 }, {}, { token: 'very-secret' });
    expect(Object.keys(failed.outcome as object)).not.toContain('params');
    expect(JSON.stringify(failed.outcome)).not.toContain('very-secret');
  });

  it('the breaker opens on a dead server, and a probe closes it', async () => {
    await using faulty = await startFaultyServer();
    let passedMs = 0;
    const clock = { ...systemClock, now: () => Date.now() + passedMs };
    await using pool = poolOf(faulty.url, { breaker: { failures: 3 } }, { clock });
    faulty.fail({ kind: 'reset' }, { kind: 'reset' }, { kind: 'reset' });
    for (let index = 0; index < 3; index += 1) await settle(pool.callTool('it', 'echo'));
    await expect(pool.callTool('it', 'echo')).rejects.toMatchObject({ code: 'breaker-open', retryable: true });
    passedMs = 11_000;
    expect(await pool.callTool('it', 'echo', { a: 1 })).toMatchObject({ structured: { a: 1 } });
    // one for the verdict on the first lost call, one as probe
    expect(faulty.requests.filter(({ method }) => method === 'server/discover')).toHaveLength(2);
  });
});

describe('close', () => {
  it('ends what is in flight and what comes after with closed, twice without harm', async () => {
    const wait = waitTool();
    await using server = await serve([wait.tool]);
    const pool = poolOf(server.url);
    const busy = settle(pool.callTool('it', 'wait'));
    await wait.started;
    await Promise.all([pool.close(), pool.close()]);
    expect(await busy).toMatchObject({ code: 'closed', retryable: false, mayHaveRun: true });
    await wait.aborted;
    await expect(pool.callTool('it', 'wait')).rejects.toMatchObject({ code: 'closed' });
    await expect(pool.listTools('it')).rejects.toMatchObject({ code: 'closed' });
    await pool.close();
  });

  it('leaves no timer and no socket behind', async () => {
    const before = process
      .getActiveResourcesInfo()
      .filter((name) => name === 'Timeout' || name.startsWith('TCP')).length;
    {
      await using faulty = await startFaultyServer();
      await using pool = poolOf(faulty.url);
      await Promise.all(
        Array.from({ length: 10 }, (_, a) => pool.callTool('it', 'echo', { a }, { idempotencyKey: `${a}` })),
      );
    }
    await until('all timers and sockets are gone', () => {
      const now = process
        .getActiveResourcesInfo()
        .filter((name) => name === 'Timeout' || name.startsWith('TCP')).length;
      return now <= before;
    });
  });
});

it('a stream that says nothing for 45 s is lost', async () => {
  const server = createServer((request, response) => {
    if (request.headers['mcp-method'] !== 'tools/call') return void response.writeHead(404).end();
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(': hello\n\n');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const timers: { delayMs: number; callback: () => void }[] = [];
  const clock = {
    now: Date.now,
    after(delayMs: number, callback: () => void) {
      const timer = { delayMs, callback };
      timers.push(timer);
      return () => {
        if (timers.includes(timer)) timers.splice(timers.indexOf(timer), 1);
      };
    },
  };
  await using pool = poolOf(`http://127.0.0.1:${port}`, {}, { clock });
  const result = settle(pool.callTool('it', 'echo'));
  const silence = await until('the wait for the next chunk', () => timers.find(({ delayMs }) => delayMs === 45_000));
  await new Promise((resolve) => setTimeout(resolve, 50));
  (timers.find(({ delayMs }) => delayMs === 45_000) ?? silence).callback();
  expect(await result).toMatchObject({ code: 'stream-lost', retryable: true, mayHaveRun: true });
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});
