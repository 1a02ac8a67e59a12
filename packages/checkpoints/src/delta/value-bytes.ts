import type { JsonValue } from '../types.js';

/** Size of a value as JSON in UTF-8. */
export function valueBytes(value: JsonValue): number {
  return Buffer.byteLength(JSON.stringify(value));
}
