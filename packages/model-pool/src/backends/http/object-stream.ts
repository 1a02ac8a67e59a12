import type { JsonObject } from '../../types.js';

/** A request whose answer is a stream of objects. */
export interface ObjectStreamRequest {
  /** Path on the server. */
  readonly path: string;
  /** Sent as JSON. */
  readonly body: JsonObject;
  /** Closes the socket. */
  readonly signal: AbortSignal;
  /** Time for the first object, ms. */
  readonly firstTokenMs: number;
  /** Time between two pieces, ms. */
  readonly stallMs: number;
}

/** Takes bytes apart into objects. @throws ModelPoolError `stream-broken` */
export interface ObjectReader {
  /** The objects that a chunk completes. */
  push(chunk: Uint8Array): Iterable<JsonObject>;
  /** What stood at the end without being closed. */
  end(): JsonObject | null;
  /** Whether an object has begun that is not complete. */
  readonly isMidway: boolean;
}
