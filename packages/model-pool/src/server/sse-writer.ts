import type { ServerResponse } from 'node:http';
import type { Clock } from '../types.js';

/** Bytes that a listener of all events may lag behind. */
const lagLimitBytes = 8 * 1024 * 1024;

/** Writes server-sent events; a comment now and then shows that the connection lives. */
export class SseWriter {
  readonly #response: ServerResponse;
  readonly #clock: Clock;
  readonly #keepAliveMs: number;
  #cancel: () => void = () => {};

  constructor(response: ServerResponse, clock: Clock, keepAliveMs: number) {
    this.#response = response;
    this.#clock = clock;
    this.#keepAliveMs = keepAliveMs;
    response.on('error', () => {});
    response.on('close', () => this.#cancel());
    response.writeHead(200, {
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    });
    response.write(': open\n\n');
    if (this.isOpen) this.#beat(); // a client that has left is not told of by `close` again
  }

  get isOpen(): boolean {
    return !this.#response.destroyed && !this.#response.writableEnded;
  }

  /** Writes an event and resolves once there is room for the next one, or nobody reads any more. */
  async send(type: string, data: object): Promise<void> {
    if (!this.isOpen || this.#write(type, data)) return;
    await new Promise<void>((resolve) => {
      const done = () => {
        this.#response.off('drain', done);
        this.#response.off('close', done);
        resolve();
      };
      this.#response.on('drain', done);
      this.#response.on('close', done);
    });
  }

  /** Writes an event without waiting; a reader that lags too far behind is cut off and has to connect again. */
  offer(type: string, data: object): void {
    if (!this.isOpen || this.#write(type, data)) return;
    if (this.#response.writableLength > lagLimitBytes) this.#response.destroy();
  }

  /** Ends the stream. */
  end(): void {
    this.#cancel();
    this.#response.end();
  }

  #write(type: string, data: object): boolean {
    return this.#response.write(`event: ${type}\ndata: ${JSON.stringify(data)}\n\n`);
  }

  #beat(): void {
    this.#cancel = this.#clock.after(this.#keepAliveMs, () => {
      if (!this.isOpen) return;
      this.#response.write(': keep-alive\n\n');
      this.#beat();
    });
  }
}
