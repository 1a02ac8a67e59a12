import type { ServerResponse } from 'node:http';

/** One client of an event stream. */
export interface EventStream {
  /** Aborted when the client leaves, is too slow, or the server stops. */
  readonly signal: AbortSignal;
  /** Sends an event; `id` lets the client go on after it. */
  send(type: string, data: object, id?: string): void;
  /** Ends the stream. */
  close(): void;
}

const keepAliveMs = 15_000;
/** A client that does not read is cut; it goes on by id. */
const mostUnreadBytes = 4 << 20;

/** Begins a Server-Sent Events answer. */
export function openEventStream(response: ServerResponse, stopping: AbortSignal): EventStream {
  const left = new AbortController();
  const signal = AbortSignal.any([left.signal, stopping]);
  response.writeHead(200, {
    'content-type': 'text/event-stream',
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
  });
  response.flushHeaders();
  if (response.destroyed) left.abort(); // the client left before the stream was opened, and tells it no more
  response.on('close', () => left.abort());
  const keepAlive = setInterval(() => response.write(': \n\n'), keepAliveMs);
  if (signal.aborted) close();
  else signal.addEventListener('abort', () => close(), { once: true });

  function close(): void {
    clearInterval(keepAlive);
    if (!response.writableEnded) response.end();
  }

  return {
    signal,
    send(type, data, id) {
      if (signal.aborted || response.writableEnded) return;
      if (response.writableLength > mostUnreadBytes) {
        response.destroy();
        return;
      }
      response.write(`${id === undefined ? '' : `id: ${id}\n`}event: ${type}\ndata: ${JSON.stringify(data)}\n\n`);
    },
    close,
  };
}
