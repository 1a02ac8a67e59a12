import { LocalEngineError } from '../../errors.js';

/** An error as Ollama writes it, with its code and facts as further keys. */
export function ollamaErrorBody(error: unknown): object {
  if (!LocalEngineError.isInstance(error)) return { error: error instanceof Error ? error.message : String(error) };
  return { error: error.message, code: error.code, ...errorFacts(error) };
}

/** Facts of an error beside its message and code. */
export function errorFacts(error: LocalEngineError): object {
  return {
    retryable: error.retryable,
    ...(error.neededBytes !== null && { needed_bytes: error.neededBytes }),
    ...(error.availableBytes !== null && { available_bytes: error.availableBytes }),
    ...(error.attempts.length > 0 && { attempts: error.attempts }),
  };
}
