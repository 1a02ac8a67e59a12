import { LocalEngineError } from '../../errors.js';
import { errorFacts } from '../ollama/error-body.js';

/** An error as OpenAI writes it; `code` is the one of {@link LocalEngineError}. */
export function openaiErrorBody(error: unknown, status: number): object {
  const isKnown = LocalEngineError.isInstance(error);
  return {
    error: {
      message: error instanceof Error ? error.message : String(error),
      type: typeOf(status),
      param: null,
      code: isKnown ? error.code : null,
      ...(isKnown && errorFacts(error)),
    },
  };
}

function typeOf(status: number): string {
  if (status === 404) return 'not_found_error';
  return status === 400 || status === 413 || status === 415 ? 'invalid_request_error' : 'api_error';
}
