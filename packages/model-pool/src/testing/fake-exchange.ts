import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock, JsonObject } from '../types.js';

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
  /** How it ended. */
  end: 'open' | 'done' | 'aborted' | 'error' | 'fault';
}

/** A request with its answer. */
export class FakeExchange {
  readonly entry: FakeRequest;
  readonly response: ServerResponse;
  readonly #clock: Clock;
  #isGone = false;
  #wake: (() => void) | null = null;

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
      end: 'open',
    };
    response.on('close', () => {
      this.#isGone = true;
      if (this.entry.end === 'open' && !response.writableFinished) this.entry.end = 'aborted';
      this.#wake?.();
    });
  }

  /** Whether the client left. */
  get isGone(): boolean {
    return this.#isGone;
  }

  /** The request, as an object. */
  get body(): JsonObject {
    return this.entry.body ?? {};
  }

  /** Waits, at most until the client leaves. */
  wait(delayMs: number): Promise<void> {
    if (this.#isGone || delayMs <= 0) return Promise.resolve();
    return new Promise((resolve) => {
      const cancel = delayMs < 2 ** 31 ? this.#clock.after(delayMs, () => resolve()) : () => {};
      this.#wake = () => {
        cancel();
        resolve();
      };
    });
  }

  /** Waits until the client leaves. */
  hang(): Promise<void> {
    return this.wait(Number.POSITIVE_INFINITY);
  }

  /** Waits until what was written has left, or the client has. */
  drained(): Promise<void> {
    if (this.#isGone) return Promise.resolve();
    return new Promise((resolve) => {
      this.#wake = resolve;
      this.response.once('drain', resolve);
    });
  }

  /** Sends a whole answer. */
  json(status: number, value: object, headers: Record<string, string> = {}): void {
    this.entry.status = status;
    this.entry.end = status < 400 ? 'done' : 'error';
    this.response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', ...headers });
    this.response.end(JSON.stringify(value));
  }

  /** Begins a stream. */
  begin(headers: Record<string, string> = {}): void {
    if (this.response.headersSent) return;
    this.entry.status = 200;
    this.response.writeHead(200, { 'content-type': 'application/x-ndjson', ...headers });
  }

  /** Sends a line of a stream. */
  line(value: object): void {
    this.begin();
    this.response.write(`${JSON.stringify(value)}\n`);
  }

  /** Ends a stream that a fault spoilt. */
  spoil(last: string | Uint8Array = ''): void {
    this.begin();
    this.entry.end = 'fault';
    this.response.end(last);
  }
}
