import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { manualClock, until } from '@tale/test-kit';
import { Agent } from 'undici';
import { describe, expect, it } from 'vitest';
import { SseReader } from '../../../src/backends/http/sse-reader.js';
import { type ObjectReader, streamObjects } from '../../../src/backends/http/stream-objects.js';
import type { JsonObject } from '../../../src/index.js';

/** Counts the chunks that arrived. */
class CountingReader implements ObjectReader {
  readonly #events = new SseReader();
  chunks = 0;
  get isMidway(): boolean {
    return this.#events.isMidway;
  }
  *push(chunk: Uint8Array): Generator<JsonObject> {
    for (const { data } of this.#events.push(chunk)) yield { data };
    this.chunks += 1;
  }
  end(): null {
    return null;
  }
}

async function open(take: (object: JsonObject) => Promise<void> | undefined = () => undefined) {
  let response: ServerResponse | null = null;
  const server = createServer((_, answer) => {
    answer.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
    response = answer;
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const clock = manualClock();
  const agent = new Agent();
  const reader = new CountingReader();
  const done = streamObjects(
    {
      origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      headers: {},
      agent,
      clock: { ...clock, monotonicMs: clock.now },
    },
    { path: '/', body: {}, signal: new AbortController().signal, firstTokenMs: 9_000, stallMs: 5_000 },
    reader,
    take,
  ).then(
    () => null,
    (error: unknown) => error,
  );
  await until('the server answers', () => response !== null);
  const write = async (text: string) => {
    const before = reader.chunks;
    response?.write(text);
    await until('it arrives', () => reader.chunks > before);
  };
  return {
    ...{ clock, done, write },
    end: () => response?.end(),
    async [Symbol.asyncDispose]() {
      await agent.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

describe('a stream of objects', () => {
  it('stalls where only comments come', async () => {
    await using opened = await open();
    await opened.write('data: 1\n\n');
    for (let count = 0; count < 5; count += 1) {
      await opened.write(': ping\n\n');
      await opened.clock.advance(1_000);
    }
    expect(await opened.done).toMatchObject({ code: 'stalled', details: { stallMs: 5_000 } });
  });

  it('does not begin with comments', async () => {
    await using opened = await open();
    for (let count = 0; count < 9; count += 1) {
      await opened.write(': ping\n\n');
      await opened.clock.advance(1_000);
    }
    expect(await opened.done).toMatchObject({ code: 'first-token-timeout', details: { firstTokenMs: 9_000 } });
  });

  it('goes on while objects or parts of one come', async () => {
    await using opened = await open();
    await opened.write('data: 1\n\n');
    for (const part of ['data: 2\n\n', 'data: ', '3', '\n', '\n', 'data: 4\n\n']) {
      await opened.clock.advance(4_000);
      await opened.write(part);
    }
    opened.end();
    expect(await opened.done).toBeNull();
  });

  it('does not stall while its reader lags behind', async () => {
    let go: (() => void) | null = null;
    const lag = new Promise<void>((resolve) => {
      go = resolve;
    });
    let isWaiting = false;
    await using opened = await open(({ data }) => {
      if (data !== '1') return undefined;
      isWaiting = true;
      return lag;
    });
    const written = opened.write('data: 1\n\ndata: 2\n\n');
    await until('the reader has the first object', () => isWaiting);
    await opened.clock.advance(60_000);
    (go as (() => void) | null)?.();
    await written;
    await opened.clock.advance(4_000);
    await opened.write('data: 3\n\n');
    opened.end();
    expect(await opened.done).toBeNull();
  });
});
