import type { Generate } from '@tale/context';
import type { RemotePool } from '@tale/model-pool/remote';
import { callLabels } from '@tale/protocol';
import { ServerError } from '../server/server-error.js';
import { toEnvelope } from '../server/to-envelope.js';

/** Lets the small model write summaries and suggestions. */
export function smallModelWriter(pool: Pick<RemotePool, 'generate'>): Generate {
  return async ({ purpose, messages, maxTokens, format }, { signal }) => {
    try {
      const { text, end } = await pool.generate({
        role: 'ux',
        messages,
        maxOutputTokens: maxTokens,
        temperature: 0,
        signal,
        labels: callLabels({ purpose: purpose === 'summary' ? 'summary' : 'other' }),
        ...(format === undefined ? {} : { format: format as Record<string, never> }),
      });
      return { text, complete: end.finishReason === 'stop' };
    } catch (error) {
      signal.throwIfAborted();
      // What the model had written by then is made of conversations: it stays out of every log.
      const { code, message, retryable } = toEnvelope(error, 'models');
      throw new ServerError(code as ServerError['code'], message, { retryable });
    }
  };
}
