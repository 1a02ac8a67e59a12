import type { JsonObject } from '../../types.js';
import type { ReportedCounts, TextEnd } from '../backend.js';
import { readCount } from '../read-count.js';

const part = (value: unknown): JsonObject => (value !== null && typeof value === 'object' ? (value as JsonObject) : {});

/** Takes over the counts that a chunk carries. Cached tokens are a part of the prompt's, thinking ones of the answer's. */
export function readUsage(chunk: JsonObject, counts: ReportedCounts): void {
  const usage = part(chunk.usage);
  const inputTokens = readCount(usage.prompt_tokens);
  const outputTokens = readCount(usage.completion_tokens);
  // Zeros stand in chunks of an answer that is not counted yet.
  if (inputTokens !== null && inputTokens > 0) counts.inputTokens = inputTokens;
  if (outputTokens !== null && (outputTokens > 0 || counts.inputTokens !== null)) counts.outputTokens = outputTokens;
  const cached = readCount(part(usage.prompt_tokens_details).cached_tokens) ?? readCount(part(chunk.timings).cache_n);
  counts.cacheReadTokens = cached ?? counts.cacheReadTokens;
  counts.reasoningTokens = readCount(part(usage.completion_tokens_details).reasoning_tokens) ?? counts.reasoningTokens;
}

/** llama-server's own times; `null` where there are none that make sense. What it waited for a slot is not among them. */
export function readTimes(chunk: JsonObject): TextEnd['times'] {
  const { prompt_ms: prefillMs, predicted_ms: decodeMs } = part(chunk.timings);
  const isTime = (value: unknown): value is number => typeof value === 'number' && value >= 0 && value < 1e10;
  if (!isTime(prefillMs) || !isTime(decodeMs)) return null;
  return { totalMs: prefillMs + decodeMs, loadMs: 0, prefillMs, decodeMs };
}
