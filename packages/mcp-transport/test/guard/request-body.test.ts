import type { IncomingMessage, ServerResponse } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { createGuard, createGuardedHttpServer, readJsonBody } from '../../src/guard/index.js';
import { guarded } from '../support/guarded.js';
import { rawRequest } from '../support/raw-request.js';
import { token } from '../support/serve.js';

const authorization = `Bearer ${token}`;
const json = 'application/json';

describe('GUARD-4: body', () => {
  const post = (headers: Record<string, string>, body: string | Buffer = '{}') => ({
    headers: { authorization, ...headers },
    body,
  });

  it.each([
    ['text/plain', 415],
    ['application/x-www-form-urlencoded', 415],
    ['multipart/form-data; boundary=x', 415],
    ['application/jsonx', 415],
    ['application/json; charset=utf-16', 415],
    ['', 415],
    ['application/json', 200],
    ['Application/JSON; charset=UTF-8', 200],
  ])('content type %j → %i', async (type, status) => {
    await using server = await guarded();
    expect((await server.send(post(type === '' ? {} : { 'content-type': type }))).status).toBe(status);
  });

  it('a POST without a body and type, and an encoded body, are unsupported', async () => {
    await using server = await guarded();
    expect((await server.send({ headers: { authorization } })).status).toBe(415);
    expect((await server.send(post({ 'content-type': json, 'content-encoding': 'gzip' }))).status).toBe(415);
    expect(
      (await server.send({ ...post({ 'content-type': 'text/plain', 'content-length': '2' }), method: 'DELETE' }))
        .status,
    ).toBe(415);
    expect((await server.send({ headers: { authorization }, method: 'DELETE' })).status).toBe(200);
  });

  it('a body over the cap is refused before and while it is sent, and the sender reads why', async () => {
    await using server = await guarded({ maxBodyBytes: 1_000 });
    const body = `"${'x'.repeat(5_000)}"`;
    const known = await server.send(post({ 'content-type': json }, body));
    const chunked = await server.send(post({ 'content-type': json, 'transfer-encoding': 'chunked' }, body));
    for (const answer of [known, chunked]) {
      expect(answer.status).toBe(413);
      expect(JSON.parse(answer.text).error).toMatchObject({ code: 'too-large', retryable: false });
    }
    expect((await server.send(post({ 'content-type': json }, `"${'x'.repeat(998)}"`))).status).toBe(200);
  });

  it('a path whose handler reads the body itself has no cap, and still needs token and type', async () => {
    const lengths: number[] = [];
    const read = async (request: IncomingMessage, response: ServerResponse) => {
      let length = 0;
      for await (const chunk of request) length += (chunk as Buffer).length;
      lengths.push(length);
      response.end('ok');
    };
    await using server = await guarded({ maxBodyBytes: 10, streamed: (path) => path === '/v1/large' }, read);
    const body = 'x'.repeat(5_000_000);
    const large = { ...post({ 'content-type': json }, body), path: '/v1/large?a=b' };
    expect((await server.send(large)).status).toBe(200);
    expect(server.passes[0]?.body.length).toBe(0);
    expect(lengths).toEqual([5_000_000]);
    expect((await server.send(post({ 'content-type': json }, body))).status).toBe(413);
    expect((await server.send({ ...large, headers: { 'content-type': json } })).status).toBe(401);
    expect((await server.send({ ...post({ 'content-type': 'text/plain' }), path: '/v1/large' })).status).toBe(415);
  });

  it('the default cap is 4 MiB', async () => {
    await using server = await guarded();
    const fits = Buffer.alloc(4 << 20, ' ');
    expect((await server.send(post({ 'content-type': json }, fits))).status).toBe(200);
    const over = Buffer.concat([fits, fits]);
    expect((await server.send(post({ 'content-type': json }, over))).status).toBe(413);
  });

  it('a sender that never stops is cut off', async () => {
    await using server = await guarded({ maxBodyBytes: 1_000 });
    const head = ['POST /v1 HTTP/1.1', `host: 127.0.0.1:${server.port}`, `authorization: ${authorization}`];
    head.push(`content-type: ${json}`, 'content-length: 200000000', '', '');
    await new Promise<void>((resolve, reject) => {
      const socket = connect(server.port, '127.0.0.1', () => socket.write(head.join('\r\n')));
      const feeding = setInterval(() => socket.write('x'.repeat(1_000)), 20);
      socket.on('error', () => {});
      socket.on('close', () => {
        clearInterval(feeding);
        resolve();
      });
      socket.setTimeout(10_000, () => reject(new Error('the connection is still open')));
    });
    expect(server.passes).toEqual([]);
  });

  it('JSON nests at most 64 levels; brackets in texts do not count', async () => {
    await using server = await guarded();
    const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);
    const send = (body: string) => server.send(post({ 'content-type': json }, body));
    expect((await send(nested(64))).status).toBe(200);
    const deep = await send(nested(65));
    expect([deep.status, JSON.parse(deep.text).error.code]).toEqual([400, 'invalid-request']);
    expect((await send('{"a":'.repeat(200_000))).status).toBe(400);
    expect((await send(JSON.stringify({ a: '['.repeat(500), b: '\\"[['.repeat(100) }))).status).toBe(200);
  });

  const readers: [string, (request: IncomingMessage) => Promise<Buffer>][] = [
    ['for await', async (request) => Buffer.concat(await request.toArray())],
    [
      'data events',
      (request) =>
        new Promise((resolve) => {
          const chunks: Buffer[] = [];
          request.on('data', (chunk: Buffer) => chunks.push(chunk));
          request.on('end', () => resolve(Buffer.concat(chunks)));
        }),
    ],
    [
      'a web stream',
      async (request) => Buffer.from(await new Response(Readable.toWeb(request) as ReadableStream).arrayBuffer()),
    ],
    ['readJsonBody', async (request) => Buffer.from(JSON.stringify((await readJsonBody(request)) ?? ''))],
  ];

  it.each(readers)('GUARD-5: a handler behind the guard reads the whole body by %s', async (name, read) => {
    await using server = await guarded({}, async (request, response) => {
      await new Promise((resolve) => setImmediate(resolve));
      response.end(await read(request));
    });
    for (const body of ['', '"x"', JSON.stringify('y'.repeat(3 << 20))]) {
      for (const headers of [{}, { 'transfer-encoding': 'chunked' }]) {
        const { text } = await server.send(post({ 'content-type': json, ...headers }, body));
        expect([name, text === (name === 'readJsonBody' && body === '' ? '""' : body)]).toEqual([name, true]);
      }
    }
  });

  it('a guard that is asked late reads a body that has already arrived, in part or whole', async () => {
    const guard = createGuard({ tokens: token });
    const server = createGuardedHttpServer(async (request, response) => {
      await new Promise((resolve) => setTimeout(resolve, 30));
      const pass = await guard(request, response);
      if (pass) response.end(`${pass.body.length} ${Buffer.concat(await request.toArray()).length}`);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    for (const size of [2, 1_000, 500_000, 4 << 20]) {
      const answer = await rawRequest({ port, ...post({ 'content-type': json }, ' '.repeat(size)) });
      expect(answer.text).toBe(`${size} ${size}`);
    }
    const chunked = { 'content-type': json, 'transfer-encoding': 'chunked' };
    expect((await rawRequest({ port, ...post(chunked, ' '.repeat(5 << 20)) })).status).toBe(413);
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  it('a client that goes away in the middle of its body reaches no handler', async () => {
    await using server = await guarded();
    const head = ['POST /v1 HTTP/1.1', `host: 127.0.0.1:${server.port}`, `authorization: ${authorization}`];
    head.push(`content-type: ${json}`, 'content-length: 1000', '', '{');
    await new Promise<void>((resolve) => {
      const socket = connect(server.port, '127.0.0.1', () => socket.write(head.join('\r\n'), () => socket.destroy()));
      socket.on('close', () => resolve());
    });
    expect((await server.send(post({ 'content-type': json }))).status).toBe(200);
    expect(server.passes).toHaveLength(1);
  });

  it('the same request asked twice passes once', async () => {
    const guard = createGuard({ tokens: token });
    await using server = await guarded({}, async (request, response) => {
      const [one, two] = await Promise.all([guard(request, response), guard(request, response)]);
      response.end(String(one === two && one?.body.toString()));
    });
    expect((await server.send(post({ 'content-type': json }, '[1]'))).text).toBe('[1]');
  });
});

describe('readJsonBody', () => {
  it.each([
    ['{"a":1', { code: 'protocol', status: 400 }],
    [Buffer.from([0x22, 0xff, 0x22]), { code: 'protocol', status: 400 }],
    ['['.repeat(70) + ']'.repeat(70), { code: 'protocol', status: 400 }],
    [`"${'x'.repeat(150)}"`, { code: 'too-large', status: 413 }],
  ])('refuses %s', async (body, facts) => {
    let error: unknown;
    await using server = await guarded({ maxDepth: 100 }, async (request, response) => {
      error = await readJsonBody(request, { maxBodyBytes: 150 }).catch((reason) => reason);
      response.end('ok');
    });
    await server.send({ headers: { authorization, 'content-type': json }, body });
    expect(error).toMatchObject({ ...facts, retryable: false });
  });
});
