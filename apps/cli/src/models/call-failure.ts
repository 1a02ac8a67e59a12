import type { CallError } from '@tale/model-pool';
import type { TaleErrorCode } from '@tale/protocol';
import { CommandError } from '../command-error.js';
import type { WireEvent } from '../gateway/server-client.js';

/** The failure that the last event of a stream of the models server tells; a refusal of the gate counts as its reason. */
export function callFailure(event: WireEvent): CommandError {
  const { code, reason, message, retryable, retryAfterMs, details = {} } = event as unknown as CallError;
  const { hint, ...facts } = details;
  const named = code === 'refused' && reason ? reason : code;
  return new CommandError(named as TaleErrorCode, message, {
    ...{ source: 'models', hint: typeof hint === 'string' ? hint : null, retryable, retryAfterMs, details: facts },
  });
}
