import { poolError } from '../../calls/call-error.js';
import type { JsonObject } from '../../types.js';

const newline = 0x0a;
const decoder = new TextDecoder('utf-8', { fatal: true });

/** Longest line that is read, bytes. */
export const lineLimitBytes = 8 * 1024 * 1024;

/**
 * Objects of a stream with one JSON object per line. Works on bytes, so a character may be cut between two chunks.
 * Empty lines are skipped; anything else that is not a JSON object is a `stream-broken`.
 */
export class NdjsonReader {
  #parts: Uint8Array[] = [];
  #bytes = 0;

  /** Whether a line has begun that is not complete. */
  get isMidway(): boolean {
    return this.#bytes > 0;
  }

  /** The objects that a chunk completes. @throws ModelPoolError `stream-broken` */
  push(chunk: Uint8Array): Iterable<JsonObject> {
    const last = chunk.length - 1;
    // Nearly all chunks of a stream are one line.
    if (this.#bytes > 0 || chunk.indexOf(newline) !== last) return this.#split(chunk);
    const value = last > lineLimitBytes ? null : readLine(chunk.subarray(0, last));
    return value === null ? this.#split(chunk) : [value];
  }

  *#split(chunk: Uint8Array): Generator<JsonObject> {
    let from = 0;
    for (let end = chunk.indexOf(newline); end >= 0; end = chunk.indexOf(newline, from)) {
      this.#keep(chunk.subarray(from, end));
      from = end + 1;
      const value = this.#take();
      if (value !== null) yield value;
    }
    this.#keep(chunk.subarray(from));
  }

  /** The object that stood in a last line without a newline. @throws ModelPoolError `stream-broken` */
  end(): JsonObject | null {
    return this.#take();
  }

  #keep(part: Uint8Array): void {
    if (part.length === 0) return;
    this.#bytes += part.length;
    if (this.#bytes > lineLimitBytes) {
      throw poolError('stream-broken', `a line of the answer is longer than ${lineLimitBytes} bytes`, {
        details: { fault: 'line-too-long' },
      });
    }
    this.#parts.push(part);
  }

  #take(): JsonObject | null {
    if (this.#bytes === 0) return null;
    const [first] = this.#parts;
    const bytes = this.#parts.length === 1 && first !== undefined ? first : Buffer.concat(this.#parts, this.#bytes);
    this.#parts = [];
    this.#bytes = 0;
    return readLine(bytes);
  }
}

const [replacement, byteOrderMark] = ['\ufffd', '\ufeff'] as const;

/** Text of bytes. The decoder is only asked where the quick way had to replace something: are they UTF-8? @throws TypeError */
function textOf(bytes: Uint8Array): string {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
  return text.includes(replacement) || text.startsWith(byteOrderMark) ? decoder.decode(bytes) : text;
}

/** The object of a line; `null` = the line is empty. @throws ModelPoolError `stream-broken` */
function readLine(bytes: Uint8Array): JsonObject | null {
  let line = '';
  try {
    line = textOf(bytes);
    const value: unknown = line.trim() === '' ? null : JSON.parse(line);
    if (value !== null && typeof value === 'object' && !Array.isArray(value)) return value as JsonObject;
  } catch (cause) {
    throw poolError('stream-broken', 'a line of the answer is not JSON', {
      cause,
      details: { fault: 'bad-line', line: line.slice(0, 80) },
    });
  }
  if (line.trim() === '') return null;
  throw poolError('stream-broken', 'a line of the answer is not a JSON object', {
    details: { fault: 'bad-line', line: line.slice(0, 80) },
  });
}
