import type { CountTokens } from '@tale/context';
import type { ToolDefinition } from '@tale/model-pool';
import type { RemotePool } from '@tale/model-pool/remote';

/** Counts prompts with the tokenizer of the model that they are for, where its server does that. */
export function promptCounter(pool: Pick<RemotePool, 'countTokens'>): CountTokens {
  return ({ model, messages, tools = [] }, { signal }) =>
    pool.countTokens({ model, messages, tools: tools as readonly ToolDefinition[] }, { signal });
}
