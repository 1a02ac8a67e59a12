import type { CallEnd, CallUsage } from '../../../types.js';
import type { FinishReason } from './answer-shape.js';

/** Tokens in OpenAI's words; what is not known is left out. */
export function answerUsage({ inputTokens, outputTokens, cacheReadTokens, reasoningTokens }: CallUsage): object {
  return {
    prompt_tokens: inputTokens,
    completion_tokens: outputTokens,
    total_tokens: inputTokens + outputTokens,
    ...(cacheReadTokens === null ? {} : { prompt_tokens_details: { cached_tokens: cacheReadTokens } }),
    ...(reasoningTokens === null ? {} : { completion_tokens_details: { reasoning_tokens: reasoningTokens } }),
  };
}

/** Why a model stopped, in OpenAI's words. */
export function finishReason({ finishReason: reason }: CallEnd): FinishReason {
  if (reason === 'tool-calls') return 'tool_calls';
  return reason ?? 'stop';
}
