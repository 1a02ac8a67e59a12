import type { JsonObject } from '../../types.js';
import { ObjectExchange } from './object-exchange.js';
import type { ObjectReader, ObjectStreamRequest } from './object-stream.js';
import type { HttpServer } from './request-json.js';

export type { ObjectReader, ObjectStreamRequest } from './object-stream.js';

/**
 * Sends a request and hands over its answer object by object. The socket is closed on every way out but the good one.
 *
 * @param take - takes an object over; a promise asks to wait with the next one
 */
export function streamObjects(
  server: HttpServer,
  request: ObjectStreamRequest,
  objects: ObjectReader,
  take: (object: JsonObject) => Promise<void> | undefined,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const onEnd = (error: unknown) => (error === null ? resolve() : reject(error));
    new ObjectExchange({ server, request, objects, take, onEnd }).send();
  });
}
