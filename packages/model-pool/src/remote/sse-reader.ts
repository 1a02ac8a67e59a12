import { poolError } from '../calls/call-error.js';

/** One server-sent event. */
export interface ServerSentEvent {
  /** Its `event:`. */
  readonly type: string;
  /** Its `data:`, parsed. */
  readonly data: unknown;
}

/** Largest event, bytes. */
const eventLimitBytes = 64 * 1024 * 1024;

/** Events of a stream; works on bytes that are cut anywhere. Comments are skipped. */
export class SseReader {
  readonly #decoder = new TextDecoder('utf-8', { fatal: true });
  #rest: Buffer = Buffer.alloc(0);

  /** The events that a chunk completes. @throws ModelPoolError `stream-broken` */
  *push(chunk: Uint8Array): Generator<ServerSentEvent> {
    let rest = this.#rest.length === 0 ? Buffer.from(chunk) : Buffer.concat([this.#rest, chunk]);
    for (let end = rest.indexOf('\n\n'); end >= 0; end = rest.indexOf('\n\n')) {
      const event = this.#parse(rest.subarray(0, end));
      rest = rest.subarray(end + 2);
      if (event !== null) yield event;
    }
    if (rest.length > eventLimitBytes)
      throw poolError('stream-broken', `an event is larger than ${eventLimitBytes} bytes`);
    this.#rest = rest;
  }

  #parse(block: Uint8Array): ServerSentEvent | null {
    let type = 'message';
    let data: string | null = null;
    try {
      for (const line of this.#decoder.decode(block).split('\n')) {
        if (line.startsWith('event:')) type = line.slice(6).trim();
        else if (line.startsWith('data:')) data = (data === null ? '' : `${data}\n`) + line.slice(5).trimStart();
      }
      return data === null ? null : { type, data: JSON.parse(data) };
    } catch (cause) {
      throw poolError('stream-broken', 'an event of the server is not JSON', { cause });
    }
  }
}
