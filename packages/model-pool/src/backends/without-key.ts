import { inspect } from 'node:util';
import { ModelPoolError } from '../errors.js';
import type { JsonObject } from '../types.js';

/** The same error without the key, wherever a server or a library put it. */
export function withoutKey(error: ModelPoolError, key: string): ModelPoolError {
  if (key === '') return error; // it failed before there was one
  const hide = (words: string) => words.replaceAll(key, '[key]');
  const cause = inspect(error.cause, { depth: 8, showHidden: true }).includes(key) ? undefined : error.cause;
  const details = JSON.parse(hide(JSON.stringify(error.details))) as JsonObject;
  const { retryable, retryAfterMs } = error;
  return new ModelPoolError(error.code, hide(error.message), { cause, details, retryable, retryAfterMs });
}
