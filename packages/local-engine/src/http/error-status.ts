import { LocalEngineError, type LocalEngineErrorCode } from '../errors.js';
import { RequestError } from './request-error.js';

const statuses: Readonly<Partial<Record<LocalEngineErrorCode, number>>> = {
  busy: 503,
  closed: 503,
  'context-exceeded': 400,
  'invalid-request': 400,
  'model-not-found': 404,
  'not-in-catalog': 404,
  'not-supported': 501,
};

/** The status of an answer that is an error; what is not the caller's fault is 500. */
export function errorStatus(error: unknown): number {
  if (error instanceof RequestError) return error.status;
  return LocalEngineError.isInstance(error) ? (statuses[error.code] ?? 500) : 500;
}
