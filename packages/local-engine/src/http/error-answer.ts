import { LocalEngineError, type LocalEngineErrorCode } from '../errors.js';
import { BodyError } from './request-body.js';

const statuses: Readonly<Partial<Record<LocalEngineErrorCode, number>>> = {
  busy: 503,
  closed: 503,
  'context-exceeded': 400,
  'invalid-request': 400,
  'model-not-found': 404,
  'not-in-catalog': 404,
  'not-supported': 501,
};

/** An error as an answer: Ollama's `{"error"}`, with its code and facts as further keys. */
export function errorAnswer(error: unknown): { status: number; body: object } {
  if (!LocalEngineError.isInstance(error)) {
    return { status: 500, body: { error: error instanceof Error ? error.message : String(error) } };
  }
  return {
    status: error instanceof BodyError ? error.status : (statuses[error.code] ?? 500),
    body: {
      error: error.message,
      code: error.code,
      retryable: error.retryable,
      ...(error.neededBytes !== null && { needed_bytes: error.neededBytes }),
      ...(error.availableBytes !== null && { available_bytes: error.availableBytes }),
      ...(error.attempts.length > 0 && { attempts: error.attempts }),
    },
  };
}
