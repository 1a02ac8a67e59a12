import type { ServerResponse } from 'node:http';
import type { Clock } from '../../types.js';

/** Bytes that a listener of all events may lag behind. */
const lagLimitBytes = 8 * 1024 * 1024;

/** How long an event that is not urgent waits for the next one, ms. */
const holdMs = 3;

/** Characters that are gathered within one turn of the event loop before they are written. */
const gatheredLength = 16 * 1024;

/** Options of an {@link SseWriter}. */
export interface SseWriterOptions {
  /** Time. */
  readonly clock: Clock;
  /** How often a comment shows that the connection lives, ms. */
  readonly keepAliveMs: number;
  /** Headers beside those of every stream; asked for when the stream is opened. */
  readonly headers?: (() => Readonly<Record<string, string>>) | undefined;
}

/**
 * Writes server-sent events. The stream is opened by what is written first: before that the answer may still be another
 * one. What is written within one turn of the event loop leaves in one piece.
 */
export class SseWriter {
  readonly #response: ServerResponse;
  readonly #options: SseWriterOptions;
  #cancel: () => void = () => {};
  #gathered = '';
  #isFlushDue = false;

  constructor(response: ServerResponse, options: SseWriterOptions) {
    this.#response = response;
    this.#options = options;
    if (!this.#canWrite) return; // a client that has left is not told of by `close` again
    response.on('error', () => {});
    response.on('close', () => this.#cancel());
    this.#beat();
  }

  /** Whether the answer has begun. */
  get isOpen(): boolean {
    return this.#response.headersSent || this.#gathered !== '';
  }

  /** Writes an event and resolves once there is room for the next one, or nobody reads any more; nothing to wait for where it returns nothing. */
  send(type: string, data: object): Promise<void> | undefined {
    return this.write(`event: ${type}\ndata: ${JSON.stringify(data)}\n\n`);
  }

  /** Writes an event that may wait a moment for the next one: each piece that leaves wakes the reader's process. */
  hold(type: string, data: object): void {
    if (!this.#canWrite) return;
    this.#gathered += `event: ${type}\ndata: ${JSON.stringify(data)}\n\n`;
    this.#options.clock.after(holdMs, () => this.#flush());
  }

  /** The same for a text that is a whole event, or several. */
  write(text: string): Promise<void> | undefined {
    return this.#write(text) ? undefined : this.#room();
  }

  /** Writes a comment. */
  comment(text: string): void {
    this.#write(`: ${text}\n\n`);
  }

  /** Writes an event without waiting; a reader that lags too far behind is cut off and has to connect again. */
  offer(type: string, data: object): void {
    if (this.#write(`event: ${type}\ndata: ${JSON.stringify(data)}\n\n`)) return;
    if (this.#response.writableLength > lagLimitBytes) this.#response.destroy();
  }

  /** Ends the stream. */
  end(): void {
    this.#cancel();
    if (!this.#canWrite) return;
    this.#open();
    this.#response.end(this.#gathered);
    this.#gathered = '';
  }

  /** Ends the wait for a first event: the answer is another one. */
  abandon(): void {
    this.#cancel();
  }

  get #canWrite(): boolean {
    return !this.#response.destroyed && !this.#response.writableEnded;
  }

  #write(text: string): boolean {
    if (!this.#canWrite) return true;
    this.#gathered += text;
    if (!this.#isFlushDue) process.nextTick(() => this.#flush());
    this.#isFlushDue = true;
    if (this.#gathered.length > gatheredLength) this.#flush();
    return !this.#response.writableNeedDrain;
  }

  #flush(): void {
    this.#isFlushDue = false;
    if (this.#gathered === '' || !this.#canWrite) return;
    const text = this.#gathered;
    this.#gathered = '';
    this.#open();
    this.#response.write(text);
  }

  #open(): void {
    if (this.#response.headersSent) return;
    this.#response.writeHead(200, {
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
      ...this.#options.headers?.(),
    });
  }

  #room(): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        this.#response.off('drain', done);
        this.#response.off('close', done);
        resolve();
      };
      this.#response.on('drain', done);
      this.#response.on('close', done);
    });
  }

  #beat(): void {
    const { clock, keepAliveMs } = this.#options;
    this.#cancel = clock.after(keepAliveMs, () => {
      if (!this.#canWrite) return;
      this.comment('keep-alive');
      this.#beat();
    });
  }
}
