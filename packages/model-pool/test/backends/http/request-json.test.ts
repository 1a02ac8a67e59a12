import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Agent } from 'undici';
import { describe, expect, it } from 'vitest';
import { answerLimitBytes, type JsonRequest, requestJson } from '../../../src/backends/http/request-json.js';
import { systemClock } from '../../../src/system.js';

async function open(listener: RequestListener) {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const agent = new Agent();
  return {
    ask: (more: Partial<JsonRequest> = {}) =>
      requestJson(
        { origin, headers: { authorization: 'Bearer x' }, agent, clock: systemClock },
        { method: 'GET', path: '/', signal: new AbortController().signal, ...more },
      ),
    async [Symbol.asyncDispose]() {
      await agent.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const say = (text: string, status = 200) =>
  open((_, response) => response.writeHead(status, { 'content-type': 'application/json' }).end(text));

describe('a request whose answer is one object', () => {
  it('sends headers and a body', async () => {
    await using opened = await open((request, response) => {
      const parts: Buffer[] = [];
      request.on('data', (part: Buffer) => parts.push(part));
      request.on('end', () => {
        const { authorization, 'content-type': type } = request.headers;
        const body = Buffer.concat(parts).toString();
        response.end(JSON.stringify({ method: request.method, authorization, type, body }));
      });
    });
    expect(await opened.ask()).toEqual({ method: 'GET', authorization: 'Bearer x', body: '' });
    expect(await opened.ask({ method: 'POST', body: { a: 1 } })).toEqual({
      method: 'POST',
      authorization: 'Bearer x',
      type: 'application/json',
      body: '{"a":1}',
    });
  });

  it('fails where the answer is no object or says that it failed', async () => {
    for (const [text, code] of [
      ['<html>', 'configuration'],
      ['[1]', 'configuration'],
      ['null', 'configuration'],
      ['', 'configuration'],
      ['{"error":"it died"}', 'load-failed'],
      ['{"error":"Unexpected endpoint or method. (GET /)"}', 'configuration'],
    ] as const) {
      await using opened = await say(text);
      await expect(opened.ask(), text).rejects.toMatchObject({ code });
    }
    await using opened = await say('{"error":null,"a":1}');
    expect(await opened.ask()).toMatchObject({ a: 1 });
    await using busy = await say('{"error":"busy"}', 503);
    await expect(busy.ask()).rejects.toMatchObject({ code: 'overloaded', message: 'busy' });
  });

  it('refuses an answer that is too large', async () => {
    const part = Buffer.alloc(4 * 1024 * 1024, ' ');
    await using opened = await open((_, response) => {
      response.on('error', () => {});
      let bytes = 0;
      const write = () => {
        while (bytes <= answerLimitBytes) {
          bytes += part.length;
          if (!response.write(part)) return void response.once('drain', write);
        }
        response.end();
      };
      write();
    });
    await expect(opened.ask()).rejects.toMatchObject({
      code: 'stream-broken',
      details: { fault: 'answer-too-long' },
    });
  });

  it('ends with the reason of its signal', async () => {
    const reason = new Error('mine');
    const controller = new AbortController();
    await using opened = await open(() => controller.abort(reason));
    await expect(opened.ask({ signal: controller.signal })).rejects.toBe(reason);
  });

  it('a connection that breaks is a server that is down', async () => {
    await using opened = await open((request) => request.socket.destroy());
    await expect(opened.ask()).rejects.toMatchObject({ code: 'backend-down', details: { refused: false } });
  });
});
