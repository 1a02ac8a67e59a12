import type { ServerResponse } from 'node:http';
import { errorAnswer } from './error-answer.js';

/** Writes one answer: a single JSON document, or lines. The status is open until the first line. */
export interface Answer {
  json(body: object, status?: number): void;
  text(body: string): void;
  /** Writes a line; the stream has begun. */
  line(body: object): void;
  /** Writes the last line. */
  end(body: object): void;
  /** Before the first line an answer with its status, later a line. */
  fail(error: unknown): void;
}

/** See {@link Answer}. Writing to a client that has left does nothing. */
export function createAnswer(response: ServerResponse): Answer {
  const send = (status: number, type: string, body: string) => {
    if (response.headersSent || response.destroyed) return;
    response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(body) }).end(body);
  };
  const line = (body: object) => {
    if (response.destroyed || response.writableEnded) return;
    if (!response.headersSent) response.writeHead(200, { 'content-type': 'application/x-ndjson' });
    response.write(`${JSON.stringify(body)}\n`);
  };
  return {
    json: (body, status = 200) => send(status, 'application/json; charset=utf-8', JSON.stringify(body)),
    text: (body) => send(200, 'text/plain; charset=utf-8', body),
    line,
    end(body) {
      line(body);
      response.end();
    },
    fail(error) {
      const { status, body } = errorAnswer(error);
      if (!response.headersSent) return send(status, 'application/json; charset=utf-8', JSON.stringify(body));
      line(body);
      response.end();
    },
  };
}
