import type { Dispatcher } from 'undici';
import { poolError } from '../../calls/call-error.js';
import type { ModelPoolError } from '../../errors.js';
import type { JsonObject } from '../../types.js';
import { failureOfAnswer, failureOfTransport, readErrorAnswer } from './failures.js';
import type { ObjectReader, ObjectStreamRequest } from './object-stream.js';
import { answerLimitBytes, type HttpServer, headerOf } from './request-json.js';
import { Watchdog } from './watchdog.js';

/** What an exchange is made of. */
export interface ObjectExchangeOptions {
  /** Where to. */
  readonly server: HttpServer;
  /** What is asked. */
  readonly request: ObjectStreamRequest;
  /** Takes the answer apart. */
  readonly objects: ObjectReader;
  /** Takes an object over; a promise asks to wait with the next one. */
  readonly take: (object: JsonObject) => Promise<void> | undefined;
  /** Told once: the answer is whole, or why it is not. */
  readonly onEnd: (error: unknown) => void;
}

/** So much of an answer is kept for a reader that lags, bytes; then the socket is paused, which costs more than to keep. */
const heldLimitBytes = 64 * 1024;

const broken = (message: string, fault: string) => poolError('stream-broken', message, { details: { fault } });

function checkHeaders(header: (name: string) => string | null): void {
  const encoding = header('content-encoding') ?? 'identity';
  if (encoding !== 'identity')
    throw broken(`the answer is encoded as ${encoding}, which was not asked for`, 'content-encoding');
  if (/html/.test(header('content-type') ?? ''))
    throw broken('the answer is a web page: is a proxy in the way?', 'html');
}

/**
 * One request with its answer, read as it comes from the socket: a stream between them would cost as much as all the rest of
 * a call's own time. A reader that lags far pauses the socket. The socket is closed on every way out but the good one.
 */
export class ObjectExchange implements Dispatcher.DispatchHandler {
  readonly #options: ObjectExchangeOptions;
  readonly #watchdog: Watchdog;
  readonly #onAbort: () => void;
  #controller: Dispatcher.DispatchController | null = null;
  #refusal: { readonly status: number; readonly header: (name: string) => string | null } | null = null;
  #refused: Uint8Array[] = [];
  #bytes = 0;
  /** Objects and chunks that wait until the reader has room. */
  #objects: Iterator<JsonObject> | null = null;
  #chunks: Uint8Array[] = [];
  #heldBytes = 0;
  #isStarted = false;
  #isWaiting = false;
  #isWhole = false;
  #isOver = false;

  constructor(options: ObjectExchangeOptions) {
    this.#options = options;
    const { server, request } = options;
    this.#watchdog = new Watchdog(server.clock, request.firstTokenMs, () => this.#fail(this.#late()));
    this.#onAbort = () => this.#fail(request.signal.reason);
  }

  /** Sends the request. */
  send(): void {
    const { server, request } = this.#options;
    if (request.signal.aborted) {
      this.#onAbort();
      return;
    }
    request.signal.addEventListener('abort', this.#onAbort, { once: true });
    const { origin, agent } = server;
    const headers = { ...server.headers, 'content-type': 'application/json', 'accept-encoding': 'identity' };
    agent.dispatch({ origin, path: request.path, method: 'POST', headers, body: JSON.stringify(request.body) }, this);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    // It was given up while the connection was made.
    if (this.#isOver) controller.abort(new Error('the request was given up'));
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: Dispatcher.ResponseData['headers'],
  ): void {
    const header = headerOf({ headers });
    if (status !== 200) this.#refusal = { status, header };
    else checkHeaders(header);
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#isOver) return;
    this.#bytes += chunk.length;
    if (this.#bytes > answerLimitBytes)
      throw broken(`the answer is larger than ${answerLimitBytes} bytes`, 'answer-too-long');
    if (this.#refusal !== null) {
      this.#refused.push(chunk);
      return;
    }
    this.#chunks.push(chunk);
    this.#heldBytes += chunk.length;
    if (!this.#isWaiting) this.#read();
    else if (this.#heldBytes > heldLimitBytes) controller.pause();
  }

  onResponseEnd(): void {
    this.#isWhole = true;
    if (!this.#isWaiting) this.#finish();
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#fail(failureOfTransport(error, this.#isStarted));
  }

  /** Hands over what is there, until the reader asks to wait. */
  #read(): void {
    const { take, objects: reader } = this.#options;
    for (;;) {
      this.#objects ??= this.#nextChunk();
      if (this.#objects === null) break;
      const step = this.#objects.next();
      if (step.done === true) {
        this.#objects = null;
        // Comments between events say that the server lives, not that the model does.
        if (this.#isStarted && reader.isMidway) this.#watchdog.touch();
        continue;
      }
      const room = take(step.value);
      if (room !== undefined) {
        this.#wait(room, () => this.#goOn());
        return;
      }
      if (this.#isStarted) this.#watchdog.touch();
      else this.#start();
    }
  }

  #nextChunk(): Iterator<JsonObject> | null {
    const chunk = this.#chunks.shift();
    if (chunk === undefined) return null;
    this.#heldBytes -= chunk.length;
    return this.#options.objects.push(chunk)[Symbol.iterator]();
  }

  #goOn(): void {
    this.#read();
    // Going on may bring more at once, and with it the next wait, or the end.
    if (!this.#isWaiting && this.#controller?.paused) this.#controller.resume();
    if (!this.#isWaiting && this.#isWhole) this.#finish();
  }

  #start(): void {
    this.#isStarted = true;
    this.#watchdog.change(this.#options.request.stallMs);
  }

  /** A reader that lags is no stall of the server. */
  #wait(room: Promise<void>, goOn: () => void): void {
    this.#isWaiting = true;
    this.#watchdog.stop();
    room.then(
      () => {
        if (this.#isOver) return;
        this.#isWaiting = false;
        this.#start();
        try {
          goOn();
        } catch (error) {
          this.#fail(error);
        }
      },
      (error: unknown) => this.#fail(error),
    );
  }

  #finish(): void {
    if (this.#isOver) return;
    const { objects, take, server } = this.#options;
    if (this.#refusal !== null) {
      const { status, header } = this.#refusal;
      const body = Buffer.concat(this.#refused).toString('utf8');
      this.#end(failureOfAnswer(readErrorAnswer(status, body, header, server.clock.now())));
      return;
    }
    let room: Promise<void> | undefined;
    try {
      const last = objects.end();
      if (last !== null) room = take(last);
    } catch (error) {
      this.#end(error);
      return;
    }
    if (room === undefined) this.#end(null);
    else this.#wait(room, () => this.#end(null));
  }

  #late(): ModelPoolError {
    const { firstTokenMs, stallMs } = this.#options.request;
    if (this.#isStarted) return poolError('stalled', `the answer stalled for ${stallMs} ms`, { details: { stallMs } });
    return poolError('first-token-timeout', `no answer began within ${firstTokenMs} ms`, { details: { firstTokenMs } });
  }

  /** Closes the socket. */
  #fail(error: unknown): void {
    if (this.#isOver) return;
    this.#end(error);
    this.#controller?.abort(error instanceof Error ? error : new Error('the request was given up'));
  }

  #end(error: unknown): void {
    this.#isOver = true;
    this.#watchdog.stop();
    this.#options.request.signal.removeEventListener('abort', this.#onAbort);
    this.#options.onEnd(error);
  }
}
