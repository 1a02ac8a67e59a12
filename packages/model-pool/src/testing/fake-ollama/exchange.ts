import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock, JsonObject } from '../../types.js';

/** One request to the fake, as its log keeps it. */
export interface FakeRequest {
  /** HTTP method. */
  readonly method: string;
  /** Path. */
  readonly path: string;
  /** Body; `null` = none, or not JSON. */
  readonly body: JsonObject | null;
  /** Value of the header. */
  readonly authorization: string | null;
  /** Status of the answer; `null` = none was sent. */
  status: number | null;
  /** Tokens of the prompt that were read. */
  inputTokens: number;
  /** Tokens that were sent. */
  outputTokens: number;
  /** Text that was sent, thinking left out. */
  text: string;
  /** How it ended. */
  end: 'open' | 'done' | 'aborted' | 'error' | 'fault';
}

/** Bytes that may wait to be sent before the fake waits as well. */
const highWaterBytes = 1024 * 1024;

/** A request with its answer. */
export class FakeExchange {
  readonly entry: FakeRequest;
  readonly response: ServerResponse;
  /** Aborted once the client has left. */
  readonly signal: AbortSignal;
  readonly #clock: Clock;

  constructor(request: IncomingMessage, response: ServerResponse, body: JsonObject | null, clock: Clock) {
    this.response = response;
    this.#clock = clock;
    this.entry = {
      method: request.method ?? 'GET',
      path: (request.url ?? '/').split('?')[0] ?? '/',
      body,
      authorization: request.headers.authorization ?? null,
      status: null,
      inputTokens: 0,
      outputTokens: 0,
      text: '',
      end: 'open',
    };
    const gone = new AbortController();
    this.signal = gone.signal;
    response.on('close', () => {
      if (this.entry.end === 'open' && !response.writableFinished) this.entry.end = 'aborted';
      gone.abort();
    });
  }

  /** Whether the client left. */
  get isGone(): boolean {
    return this.signal.aborted;
  }

  /** The request, as an object. */
  get body(): JsonObject {
    return this.entry.body ?? {};
  }

  /** Waits, at most until the client leaves. */
  wait(delayMs: number): Promise<void> {
    if (this.isGone || delayMs <= 0) return Promise.resolve();
    return new Promise((resolve) => {
      const done = () => {
        cancel();
        this.signal.removeEventListener('abort', done);
        resolve();
      };
      const cancel = delayMs < 2 ** 31 ? this.#clock.after(delayMs, done) : () => {};
      this.signal.addEventListener('abort', done, { once: true });
    });
  }

  /** Waits until the client leaves. */
  hang(): Promise<void> {
    return this.wait(Number.POSITIVE_INFINITY);
  }

  /** Waits while too much of what was written has not left yet, at most until the client leaves. */
  drained(): Promise<void> {
    if (this.isGone || this.response.writableLength < highWaterBytes) return Promise.resolve();
    return new Promise((resolve) => {
      const done = () => {
        this.response.off('drain', done);
        this.signal.removeEventListener('abort', done);
        resolve();
      };
      this.response.once('drain', done);
      this.signal.addEventListener('abort', done, { once: true });
    });
  }

  /** Sends a whole answer. */
  json(status: number, value: object, headers: Record<string, string> = {}): void {
    this.entry.status = status;
    this.entry.end = status < 400 ? 'done' : 'error';
    this.response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', ...headers });
    this.response.end(JSON.stringify(value));
  }

  /** Sends a whole answer that is no JSON. */
  text(status: number, value: string): void {
    this.entry.status = status;
    this.entry.end = status < 400 ? 'done' : 'error';
    this.response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' }).end(value);
  }

  /** Begins a stream. */
  begin(headers: Record<string, string> = {}): void {
    if (this.response.headersSent) return;
    this.entry.status = 200;
    this.response.writeHead(200, { 'content-type': 'application/x-ndjson', ...headers });
  }

  /** Ends a stream that a fault spoilt. */
  spoil(last: string | Uint8Array = ''): void {
    this.begin();
    this.entry.end = 'fault';
    this.response.end(last);
  }
}
