import type { AnswerFormat, JsonObject } from '../runner/protocol.js';
import { invalidRequest } from './read-request.js';

/**
 * The value of `format`: `"json"` or a schema; missing, `null` and `""` are free text.
 *
 * @throws LocalEngineError `invalid-request`
 */
export function readFormat(format: unknown): AnswerFormat | null {
  if (format === undefined || format === null || format === '') return null;
  if (format === 'json') return { kind: 'json' };
  if (typeof format === 'object' && !Array.isArray(format)) return { kind: 'schema', schema: format as JsonObject };
  throw invalidRequest(
    `invalid format: ${JSON.stringify(format).slice(0, 100)}; expected "json" or a valid JSON Schema object`,
  );
}
