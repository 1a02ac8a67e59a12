import type { CallEnd, CallError, JsonObject } from '../types.js';
import { sayReason } from './words.js';

/** Texts that are words of this package, and no part of a prompt or an answer. */
const ownTexts: ReadonlySet<string> = new Set(['fault', 'phase', 'lane']);

const isWord = (value: unknown): value is string => typeof value === 'string' && /^[\w.-]{1,64}$/.test(value);

/** The end of an attempt without any text of its prompt and its answer: a server may repeat either in what it says of a failure. */
export function recordedEnd(end: CallEnd): CallEnd {
  return end.error === null ? end : { ...end, error: recordedError(end.error) };
}

function recordedError(error: CallError): CallError {
  const { reason, details } = error;
  const known = Object.entries(details).filter(
    ([key, value]) => typeof value === 'number' || typeof value === 'boolean' || (ownTexts.has(key) && isWord(value)),
  );
  return {
    ...error,
    message: sayFailure(error),
    partialText: null,
    reason: isWord(reason) ? reason : null,
    details: Object.fromEntries(known) as JsonObject,
  };
}

function sayFailure({ code, retryable, details }: CallError): string {
  if (typeof details.deadlineMs === 'number') return `the call was not over within its ${details.deadlineMs} ms`;
  if (code === 'aborted') return retryable ? 'the pool was closed' : 'its caller ended it';
  return sayReason(code);
}
