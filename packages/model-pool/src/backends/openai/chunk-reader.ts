import { poolError } from '../../calls/call-error.js';
import type { JsonObject } from '../../types.js';
import { parseEventData, type ServerSentEvent, SseReader } from '../http/sse-reader.js';
import type { ObjectReader } from '../http/stream-objects.js';

/** Stands for `data: [DONE]`. */
export const doneMark: JsonObject = Object.freeze({});

/** Whether a chunk only opens the answer: the role, before the model has written anything. */
function isOpening({ model, choices, error }: JsonObject): boolean {
  const [choice] = Array.isArray(choices) ? (choices as JsonObject[]) : [];
  const delta = choice?.delta as JsonObject | null | undefined;
  if (!delta || typeof delta.role !== 'string' || model === '' || error || choice?.finish_reason) return false;
  return Object.entries(delta).every(([key, value]) => key === 'role' || value === null || value === '');
}

/** Chunks of an answer, and {@link doneMark}. */
export class ChunkReader implements ObjectReader {
  readonly #events = new SseReader();

  get isMidway(): boolean {
    return this.#events.isMidway;
  }

  *push(bytes: Uint8Array): Generator<JsonObject> {
    for (const event of this.#events.push(bytes)) {
      const chunk = this.#read(event);
      if (chunk !== null) yield chunk;
    }
  }

  end(): JsonObject | null {
    const event = this.#events.end();
    return event === null ? null : this.#read(event);
  }

  #read({ type, data }: ServerSentEvent): JsonObject | null {
    if (data === '[DONE]') return doneMark;
    if (data === '') return null;
    const value = parseEventData(data);
    if (value === null || typeof value !== 'object' || Array.isArray(value)) {
      throw poolError('stream-broken', 'an event of the answer is not a JSON object', {
        details: { fault: 'bad-line', line: data.slice(0, 80) },
      });
    }
    const chunk = value as JsonObject;
    // LM Studio tells of a failure by the name of the event.
    if (type === 'error') return 'error' in chunk ? chunk : { error: chunk };
    return isOpening(chunk) ? null : chunk;
  }
}
