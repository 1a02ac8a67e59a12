import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { McpTransportError } from '@tale/mcp-transport/light';
import { afterEach, describe, expect, it } from 'vitest';
import { createServerClient, toCommandError } from '../../src/gateway/server-client.js';
import { readServerEvents } from '../../src/gateway/server-events.js';
import { failure, startFakeTale } from '../support/fake-tale.js';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

async function clientOf(token = 'secret') {
  const tale = await startFakeTale();
  cleanups.push(() => tale[Symbol.asyncDispose]());
  return { tale, client: createServerClient({ name: 'gateway', url: tale.url, token }) };
}

/** A server that answers everything with one text. */
async function clientOfText(text: string, status = 200) {
  const server = createServer((_request, response) =>
    response.writeHead(status, { 'content-type': 'application/json' }).end(text),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanups.push(() => server.close());
  return createServerClient({
    name: 'models',
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    token: 't',
  });
}

const down = createServerClient({ name: 'gateway', url: 'http://127.0.0.1:1', token: 't' });

describe('createServerClient', () => {
  it('reads, sends and calls', async () => {
    const { tale, client } = await clientOf();
    tale.answers['POST /v1/x'] = (_url, body) => ({ got: body });
    tale.answers['GET /v1/x'] = () => ({ hello: 'world' });
    expect(await client.get('/v1/x')).toEqual({ hello: 'world' });
    expect(await client.post('/v1/x', { a: 1 })).toEqual({ got: { a: 1 } });
    expect(await client.call('submit_task', { prompt: 'x' }, { idempotencyKey: 'k' })).toMatchObject({
      forecast: null,
    });
    expect(tale.submissions[0]?.key).toBe('k');
  });

  it.each([
    ['get', () => down.get('/')],
    ['post', () => down.post('/', {})],
    ['call', () => down.call('x', {})],
    ['events', () => down.events('/').next()],
    ['postEvents', () => down.postEvents('/', {}).next()],
  ])('%s of a server that is down is servers-down, retryable', async (_name, request) => {
    await expect(request()).rejects.toMatchObject({ exitCode: 5, envelope: { code: 'servers-down', retryable: true } });
  });

  it('keeps the envelope of a server’s failure', async () => {
    const { client } = await clientOf();
    await expect(client.call('task_status', { taskId: 'x' })).rejects.toMatchObject({
      exitCode: 4,
      envelope: { code: 'task-not-found' },
    });
    await expect(client.post('/v1/missing', {})).rejects.toMatchObject({ exitCode: 4 });
    const { client: stranger } = await clientOf('wrong');
    await expect(stranger.get('/v1/overview')).rejects.toMatchObject({
      exitCode: 3,
      envelope: { code: 'unauthorized' },
    });
    await expect(stranger.post('/v1/overview', {})).rejects.toMatchObject({ exitCode: 3 });
  });

  it.each([
    ['not JSON', 500],
    ['{"error":"text"}', 502],
    ['null', 500],
  ])('names the status where there is no envelope: %s', async (text, status) => {
    const client = await clientOfText(text, status);
    await expect(client.post('/', {})).rejects.toMatchObject({
      exitCode: 70,
      envelope: { code: 'internal', source: 'models', retryable: true },
    });
  });

  it('takes an empty answer to a POST for an empty object', async () => {
    expect(await (await clientOfText('')).post('/', {})).toEqual({});
  });

  it('ends with the reason of an abort', async () => {
    const { client } = await clientOf();
    const reason = new Error('enough');
    const controller = new AbortController();
    const next = client.events('/v1/events?task=x&after=0', { signal: controller.signal }).next();
    setTimeout(() => controller.abort(reason), 50);
    await expect(next).rejects.toBe(reason);
    await expect(client.post('/v1/x', {}, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });

  it('does not wait for ever', async () => {
    const server = createServer(() => {});
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    cleanups.push(
      () => server.closeAllConnections(),
      () => server.close(),
    );
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const client = createServerClient({ name: 'gateway', url, token: 't' });
    await expect(client.post('/', {}, { timeoutMs: 100 })).rejects.toMatchObject({ envelope: { retryable: true } });
    await expect(client.get('/', { timeoutMs: 100 })).rejects.toMatchObject({
      envelope: { code: 'connection-lost', retryable: true },
    });
  });
});

describe('toCommandError', () => {
  const address = { name: 'gateway', url: 'http://x', token: 't' };
  it.each([
    ['connect', 'servers-down', 5],
    ['timeout', 'connection-lost', 5],
    ['stream-lost', 'connection-lost', 5],
    ['unauthorized', 'unauthorized', 3],
    ['forbidden', 'forbidden', 3],
    ['overloaded', 'overloaded', 5],
    ['too-large', 'too-large', 2],
    ['version', 'internal', 70],
  ] as const)('%s is %s with exit code %i', (from, code, exitCode) => {
    expect(toCommandError(new McpTransportError(from, 'x'), address)).toMatchObject({ exitCode, envelope: { code } });
  });

  it('prefers what the server itself says, and leaves other errors alone', () => {
    const envelope = failure('rate-limited', 'slow down', { retryable: true });
    expect(toCommandError(new McpTransportError('overloaded', 'x', { envelope }), address)).toMatchObject({
      envelope: { code: 'rate-limited' },
    });
    const other = new Error('other');
    expect(toCommandError(other, address)).toBe(other);
  });
});

describe('readServerEvents', () => {
  it('reads events wherever they are cut', async () => {
    const bytes = Buffer.from('event: a\r\ndata: {"a":"é"}\n\n: ping\n\ndata:2\nid: 5\n\ndata: cut');
    for (let size = 1; size < bytes.length; size++) {
      const events: unknown[] = [];
      const chunks = (async function* () {
        for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
      })();
      for await (const event of readServerEvents(chunks)) events.push(event);
      expect(events, `${size} bytes at a time`).toEqual([
        { event: 'a', data: '{"a":"é"}' },
        { event: 'message', data: '2' },
      ]);
    }
  });
});
