import { poolError } from '../../calls/call-error.js';

/** One server-sent event. */
export interface ServerSentEvent {
  /** Its `event:`; `message` where it has none. */
  readonly type: string;
  /** Its `data:`, as it came. */
  readonly data: string;
}

/** Longest line and largest event that are read, bytes. */
export const eventLimitBytes = 8 * 1024 * 1024;

const newline = 0x0a;
const carriageReturn = 0x0d;

/**
 * Events of a stream. Works on bytes, so a character may be cut between two chunks. Comments, `id` and `retry` are
 * skipped; a line of any other kind is a `stream-broken`, because what it lost may have been text.
 *
 * @see {@link https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream | the format}
 */
export class SseReader {
  readonly #decoder = new TextDecoder('utf-8', { fatal: true });
  #parts: Uint8Array[] = [];
  #lineBytes = 0;
  #dataBytes = 0;
  #type = '';
  #data: string | null = null;
  /** The last chunk ended with a carriage return, whose newline may begin the next one. */
  #mayContinue = false;

  /** Whether an event has begun that is not complete. */
  get isMidway(): boolean {
    return this.#lineBytes > 0 || this.#data !== null;
  }

  /** The events that a chunk completes. @throws ModelPoolError `stream-broken` */
  *push(chunk: Uint8Array): Generator<ServerSentEvent> {
    if (chunk.length === 0) return;
    let from = this.#mayContinue && chunk[0] === newline ? 1 : 0;
    this.#mayContinue = false;
    let feed = chunk.indexOf(newline, from);
    let carriage = chunk.indexOf(carriageReturn, from);
    while (feed >= 0 || carriage >= 0) {
      const isCarriage = carriage >= 0 && (feed < 0 || carriage < feed);
      const end = isCarriage ? carriage : feed;
      this.#keep(chunk.subarray(from, end));
      from = end + 1;
      if (isCarriage && chunk[from] === newline) from += 1;
      else if (isCarriage && from === chunk.length) this.#mayContinue = true;
      if (feed >= 0 && feed < from) feed = chunk.indexOf(newline, from);
      if (carriage >= 0 && carriage < from) carriage = chunk.indexOf(carriageReturn, from);
      const event = this.#takeLine();
      if (event !== null) yield event;
    }
    this.#keep(chunk.subarray(from));
  }

  /** The event that stood at the end without the empty line that closes it. @throws ModelPoolError `stream-broken` */
  end(): ServerSentEvent | null {
    if (this.#lineBytes > 0) this.#takeLine();
    return this.#takeEvent();
  }

  #keep(part: Uint8Array): void {
    if (part.length === 0) return;
    this.#lineBytes += part.length;
    if (this.#dataBytes + this.#lineBytes > eventLimitBytes) {
      throw poolError('stream-broken', `an event of the answer is larger than ${eventLimitBytes} bytes`, {
        details: { fault: 'line-too-long' },
      });
    }
    this.#parts.push(part);
  }

  /** Takes the line that is complete now; an empty one closes an event. */
  #takeLine(): ServerSentEvent | null {
    if (this.#lineBytes === 0) return this.#takeEvent();
    const [first] = this.#parts;
    const bytes = this.#parts.length === 1 && first !== undefined ? first : Buffer.concat(this.#parts, this.#lineBytes);
    const lineBytes = this.#lineBytes;
    this.#parts = [];
    this.#lineBytes = 0;
    let line = '';
    try {
      line = this.#decoder.decode(bytes);
    } catch (cause) {
      throw poolError('stream-broken', 'a line of the answer is not UTF-8', { cause, details: { fault: 'bad-line' } });
    }
    const colon = line.indexOf(':');
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(line[colon + 1] === ' ' ? colon + 2 : colon + 1);
    if (field === 'data') {
      this.#data = this.#data === null ? value : `${this.#data}\n${value}`;
      this.#dataBytes += lineBytes;
    } else if (field === 'event') this.#type = value;
    else if (field !== '' && field !== 'id' && field !== 'retry') {
      throw poolError('stream-broken', 'a line of the answer is no part of an event', {
        details: { fault: 'bad-line', line: line.slice(0, 80) },
      });
    }
    return null;
  }

  #takeEvent(): ServerSentEvent | null {
    const data = this.#data;
    const type = this.#type === '' ? 'message' : this.#type;
    this.#data = null;
    this.#type = '';
    this.#dataBytes = 0;
    return data === null ? null : { type, data };
  }
}

/** The JSON of an event. @throws ModelPoolError `stream-broken` where it is none */
export function parseEventData(data: string): unknown {
  try {
    return JSON.parse(data);
  } catch (cause) {
    throw poolError('stream-broken', 'an event of the server is not JSON', {
      cause,
      details: { fault: 'bad-line', line: data.slice(0, 80) },
    });
  }
}
