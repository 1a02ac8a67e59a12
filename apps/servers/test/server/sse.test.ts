import { createServer, get } from 'node:http';
import type { AddressInfo } from 'node:net';
import { until } from '@tale/test-kit';
import { expect, it } from 'vitest';
import { type EventStream, openEventStream } from '../../src/server/sse.js';

async function serve(onStream: (stream: EventStream) => void) {
  const stopping = new AbortController();
  const server = createServer((_request, response) => onStream(openEventStream(response, stopping.signal)));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { url, stopping, close: () => new Promise((resolve) => server.close(resolve)) };
}

it('writes events with their ids and ends with the server', async () => {
  const { url, stopping, close } = await serve((stream) => {
    stream.send('a', { x: 1 }, '7');
    stream.send('b', { text: 'line\nbreak' });
    setImmediate(() => stopping.abort());
  });
  const answer = await fetch(url);
  expect(answer.headers.get('content-type')).toBe('text/event-stream');
  expect(await answer.text()).toBe('id: 7\nevent: a\ndata: {"x":1}\n\nevent: b\ndata: {"text":"line\\nbreak"}\n\n');
  await close();
});

it('cuts a client that does not read, and stops when one leaves', async () => {
  let stream: EventStream | undefined;
  const { url, close } = await serve((opened) => {
    stream = opened;
  });
  const request = get(url, (response) => response.pause());
  request.on('error', () => undefined);
  const opened = await until('the stream is open', () => stream);
  for (let count = 0; count < 200 && !opened.signal.aborted; count++) {
    opened.send('big', { text: 'x'.repeat(1 << 18) });
    await new Promise((resolve) => setImmediate(resolve));
  }
  await until('the slow client is cut', () => opened.signal.aborted);
  opened.send('late', {});
  request.destroy();
  await close();
});

it('is over at once for a client that left before it was opened', async () => {
  const { promise, resolve } = deferred<EventStream>();
  const stopping = new AbortController();
  const server = createServer((request, response) => {
    // As a route that awaits something first: the client leaves meanwhile.
    request.socket.on('close', () => setImmediate(() => resolve(openEventStream(response, stopping.signal))));
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const request = get({ port: (server.address() as AddressInfo).port, host: '127.0.0.1' });
  request.on('error', () => undefined);
  setTimeout(() => request.destroy(), 20);
  expect((await promise).signal.aborted).toBe(true);
  await new Promise((closed) => server.close(closed));
});

function deferred<Value>() {
  let resolve: (value: Value) => void = () => undefined;
  const promise = new Promise<Value>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
