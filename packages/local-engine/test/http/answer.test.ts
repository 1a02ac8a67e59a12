import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { expect, it } from 'vitest';
import { createAnswer } from '../../src/http/answer.js';
import { ollamaApi } from '../../src/http/api.js';

it('a client that never reads is taken for one that has left, before its answer fills the memory', async () => {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
  client.pause();
  client.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n');
  const [, response] = (await once(server, 'request')) as [unknown, ServerResponse];
  const left = once(response, 'close');
  const answer = createAnswer(response, ollamaApi);
  const part = { text: 'x'.repeat(1_000_000) };
  let most = 0;
  for (let parts = 0; parts < 100 && !response.destroyed; parts++) {
    answer.part(part);
    most = Math.max(most, response.writableLength);
    await new Promise(setImmediate);
  }
  await left;
  expect(most).toBeLessThan(36_000_000);
  answer.part(part);
  answer.end();
  client.destroy();
  server.close();
});
