import { ContextError, type ContextErrorCode } from '@tale/context';
import { ServerError } from '../server/server-error.js';

const hints: Partial<Record<ContextErrorCode, string>> = {
  'conversation-closed': 'it is being deleted',
  'seq-conflict': 'try again',
  'store-busy': 'try again in a moment',
  'store-full': 'free disk space and try again',
};

/** A failure of the context with what to do about it; `notFound` is the list that shows what there is. */
export function explainContextFailure(error: unknown, notFound: string): unknown {
  if (!ContextError.isInstance(error)) return error;
  const { code, message, retryable, id, limit, path } = error;
  return new ServerError(code, message, {
    cause: error,
    retryable,
    hint: code === 'not-found' ? notFound : (hints[code] ?? null),
    details: {
      ...(id === null ? {} : { id }),
      ...(limit === null ? {} : { limit }),
      ...(path === null ? {} : { path }),
    },
  });
}
