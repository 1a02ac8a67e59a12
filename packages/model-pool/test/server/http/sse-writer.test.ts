import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { manualClock, until } from '@tale/test-kit';
import { describe, expect, it } from 'vitest';
import { SseWriter } from '../../../src/server/http/sse-writer.js';
import { systemClock } from '../../../src/system.js';
import { readAlong, readEvents } from '../open-served.js';

/** Answers one request with `write`, and fetches it. */
async function answerWith(write: (response: ServerResponse) => unknown): Promise<{ answer: Response; close(): void }> {
  const server = createServer((_, response) => void write(response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const answer = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  return {
    answer,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

const options = { clock: systemClock, keepAliveMs: 15_000 };

describe('a writer of events', () => {
  it('opens the stream with what it writes first, and asks for its headers then', async () => {
    let id = 'none';
    const { answer, close } = await answerWith((response) => {
      const writer = new SseWriter(response, { ...options, headers: () => ({ 'x-id': id }) });
      expect(writer.isOpen).toBe(false);
      id = 'known';
      void writer.send('one', { a: 1 });
      expect(writer.isOpen).toBe(true);
      void writer.write('data: two\n\n');
      writer.comment('three');
      writer.end();
      void writer.send('late', {});
      writer.comment('late');
      writer.end();
    });
    expect(answer.headers.get('x-id')).toBe('known');
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(await answer.text()).toBe('event: one\ndata: {"a":1}\n\ndata: two\n\n: three\n\n');
    close();
  });

  it('that ends without a word has an empty stream', async () => {
    const { answer, close } = await answerWith((response) => new SseWriter(response, options).end());
    expect(answer.headers.get('content-type')).toBe('text/event-stream');
    expect(await answer.text()).toBe('');
    close();
  });

  it('that is given up leaves the answer to others, and no timer', async () => {
    const clock = manualClock();
    const { answer, close } = await answerWith(async (response) => {
      const writer = new SseWriter(response, { clock: { ...clock, monotonicMs: clock.now }, keepAliveMs: 10 });
      writer.abandon();
      await clock.advance(100);
      response.writeHead(503).end('busy');
    });
    expect(answer.status).toBe(503);
    expect(await answer.text()).toBe('busy');
    close();
  });

  it('writes what comes in one turn of the event loop in one piece', async () => {
    let pieces = 0;
    const { answer, close } = await answerWith((response) => {
      const { write } = response;
      response.write = ((chunk: string) => {
        pieces += 1;
        return write.call(response, chunk, 'utf8');
      }) as typeof write;
      const writer = new SseWriter(response, options);
      for (let count = 0; count < 50; count += 1) void writer.send('n', { count });
      setImmediate(() => writer.end());
    });
    expect(readEvents(await answer.text())).toHaveLength(50);
    expect(pieces).toBe(1);
    close();
  });

  it('holds an event that is not urgent until the next one, or for a moment', async () => {
    const clock = manualClock();
    const writers: SseWriter[] = [];
    const { answer, close } = await answerWith((response) => {
      const writer = new SseWriter(response, { clock: { ...clock, monotonicMs: clock.now }, keepAliveMs: 10_000 });
      writer.comment('open');
      writers.push(writer);
    });
    const along = readAlong(answer);
    const [writer] = writers;
    writer?.hold('a', {});
    await new Promise((resolve) => setImmediate(resolve));
    void writer?.send('b', {});
    await until('both', () => along.text() === ': open\n\nevent: a\ndata: {}\n\nevent: b\ndata: {}\n\n');
    writer?.hold('c', {});
    await new Promise((resolve) => setImmediate(resolve));
    expect(along.text()).not.toContain('event: c');
    await clock.advance(3);
    await until('the third', () => along.text().endsWith('event: c\ndata: {}\n\n'));
    writer?.hold('d', {});
    writer?.end();
    await along.done;
    expect(along.text()).toMatch(/event: d\ndata: \{\}\n\n$/);
    close();
  });

  it('asks its source to wait for a reader that lags, and goes on when it reads or leaves', async () => {
    const waited = { drained: false, left: false };
    const text = `data: ${'x'.repeat(1024 * 1024)}\n\n`;
    const fill = async (response: ServerResponse, end: 'drained' | 'left') => {
      const writer = new SseWriter(response, options);
      for (let count = 0; count < 20; count += 1) {
        const room = writer.write(text);
        if (room === undefined) continue;
        await room;
        waited[end] = true;
        if (end === 'left') return;
      }
      writer.end();
    };
    const reading = await answerWith((response) => fill(response, 'drained'));
    expect((await reading.answer.text()).length).toBe(20 * text.length);
    expect(waited.drained).toBe(true);
    reading.close();
    const leaving = await answerWith((response) => fill(response, 'left'));
    await leaving.answer.body?.cancel();
    await until('the writer goes on', () => waited.left);
    leaving.close();
  });

  it('cuts off a listener that lags too far behind', async () => {
    let isCut = false;
    const { answer, close } = await answerWith((response) => {
      const writer = new SseWriter(response, options);
      response.on('close', () => {
        isCut = !response.writableFinished;
      });
      const offer = () => {
        for (let count = 0; count < 64; count += 1) writer.offer('event', { text: 'x'.repeat(64 * 1024) });
        if (!response.destroyed) setImmediate(offer);
      };
      offer();
    });
    await until('it is cut off', () => isCut);
    await expect(answer.text()).rejects.toThrow();
    close();
  });

  it('shows now and then that the stream lives, until it ends', async () => {
    const clock = manualClock();
    let writer: SseWriter | null = null;
    const { answer, close } = await answerWith((response) => {
      writer = new SseWriter(response, { clock: { ...clock, monotonicMs: clock.now }, keepAliveMs: 10 });
      writer.comment('open');
    });
    const along = readAlong(answer);
    await clock.advance(25);
    await until('two comments', () => along.text() === ': open\n\n: keep-alive\n\n: keep-alive\n\n');
    (writer as SseWriter | null)?.end();
    await clock.advance(25);
    await along.done;
    expect(along.text()).toBe(': open\n\n: keep-alive\n\n: keep-alive\n\n');
    close();
  });

  it('on a response whose client has left does nothing', async () => {
    const clock = manualClock();
    let timers = 0;
    let isDone = false;
    const server = createServer((request, response) => {
      response.once('close', () => {
        const counting = {
          ...{ now: clock.now, monotonicMs: clock.now },
          after: (delayMs: number, callback: () => void) => {
            timers += 1;
            return clock.after(delayMs, callback);
          },
        };
        const writer = new SseWriter(response, { clock: counting, keepAliveMs: 10 });
        void writer.send('x', {});
        writer.hold('x', {});
        writer.offer('x', {});
        writer.end();
        isDone = true;
      });
      request.socket.destroy();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    await expect(fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)).rejects.toThrow();
    await until('it was tried', () => isDone);
    expect(timers).toBe(0);
    server.close();
  });
});
