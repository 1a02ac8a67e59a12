import type { ServerResponse } from 'node:http';
import type { Api } from './api.js';
import { errorStatus } from './error-status.js';

/** Writes one answer: a single JSON document, or a stream of objects. The status is open until the first object. */
export interface Answer {
  /** Sets a header; without effect once the stream has begun. */
  header(name: string, value: string): void;
  json(body: object, status?: number): void;
  text(body: string): void;
  /** Writes one object of a stream, which has begun then. */
  part(body: object): void;
  /** Ends a stream that is complete. */
  end(): void;
  /** Before the first object an answer with its status, later the last object. */
  fail(error: unknown): void;
}

/** What may wait for a client that reads slowly, bytes: more than any answer has that is read at all. */
const mostUnreadBytes = 32 * 2 ** 20;

/** See {@link Answer}. Writing to a client that has left does nothing; one that does not read has left. */
export function createAnswer(response: ServerResponse, api: Api): Answer {
  const send = (status: number, type: string, body: string) => {
    if (response.headersSent || response.destroyed) return;
    response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(body) }).end(body);
  };
  const sendJson = (body: object, status: number) =>
    send(status, 'application/json; charset=utf-8', JSON.stringify(body));
  const write = (frame: string) => {
    if (response.destroyed || response.writableEnded || frame === '') return;
    if (!response.headersSent) response.writeHead(200, { 'content-type': api.streamType, 'cache-control': 'no-cache' });
    response.write(frame);
    if (response.writableLength > mostUnreadBytes) response.destroy();
  };
  return {
    header(name, value) {
      if (!response.headersSent) response.setHeader(name, value);
    },
    json: (body, status = 200) => sendJson(body, status),
    text: (body) => send(200, 'text/plain; charset=utf-8', body),
    part: (body) => write(api.frame(body)),
    end() {
      write(api.lastFrame);
      response.end();
    },
    fail(error) {
      const status = errorStatus(error);
      const body = api.errorBody(error, status);
      if (!response.headersSent) return sendJson(body, status);
      write(api.frame(body));
      response.end();
    },
  };
}
