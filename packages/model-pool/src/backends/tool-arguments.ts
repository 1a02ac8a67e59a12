import { poolError } from '../calls/call-error.js';
import type { JsonObject } from '../types.js';

/**
 * Arguments of a tool call: an object, or its JSON text. Nothing at all stands for no arguments.
 *
 * @throws ModelPoolError `stream-broken` for anything else: a call with other arguments than the model's must not be run
 */
export function readToolArguments(value: unknown): JsonObject {
  if (value === undefined || value === null || value === '') return {};
  let given = value;
  if (typeof value === 'string') {
    try {
      given = JSON.parse(value);
    } catch (cause) {
      throw poolError('stream-broken', 'the arguments of a tool call are not JSON', {
        cause,
        details: { fault: 'bad-arguments' },
      });
    }
  }
  if (given !== null && typeof given === 'object' && !Array.isArray(given)) return given as JsonObject;
  throw poolError('stream-broken', 'the arguments of a tool call are no object', {
    details: { fault: 'bad-arguments' },
  });
}
