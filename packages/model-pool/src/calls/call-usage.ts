import type { ReportedCounts } from '../backends/backend.js';
import type { CallUsage } from '../types.js';

/** What is known about the tokens of an attempt. */
export interface UsageView {
  /** Whether the answer ended as it must. */
  readonly isWhole: boolean;
  /** What the server reported, at the end or on the way. */
  readonly reported: ReportedCounts;
  /** Pieces of text that came; about one token each. */
  readonly pieces: number;
  /** Tokens of the text by `countTokens`. */
  readonly textTokens: number;
  /** Tokens of the prompt by `countTokens`. */
  readonly promptTokens: number;
  /** Whether the request was sent. */
  readonly isSent: boolean;
  /** Whether the prompt was read to its end. */
  readonly isRead: boolean;
}

/** Tokens of an attempt: the server's own counts, else what came, else an estimate. */
export function settleUsage(view: UsageView): CallUsage {
  const { isWhole, reported, pieces, textTokens, promptTokens, isSent, isRead } = view;
  // Ollama leaves out a count of 0, but no prompt has 0 tokens, and no text either.
  const inputTokens = reported.inputTokens !== null && reported.inputTokens > 0 ? reported.inputTokens : null;
  const outputTokens = reported.outputTokens ?? (pieces === 0 && isWhole ? 0 : null);
  const isReported = isWhole && inputTokens !== null && outputTokens !== null && (outputTokens > 0 || pieces === 0);
  // A server that counts along is exact; else pieces are about one token each, more where a character was held back.
  const counted = !isWhole && outputTokens !== null && outputTokens > 0 ? outputTokens : Math.max(pieces, textTokens);
  const input = inputTokens ?? (isSent ? promptTokens : 0);
  const cached = reported.cacheReadTokens;
  return {
    inputTokens: input,
    outputTokens: isWhole && outputTokens !== null && (outputTokens > 0 || pieces === 0) ? outputTokens : counted,
    cacheReadTokens: cached !== null && cached <= input ? cached : null,
    cacheWriteTokens: reported.cacheWriteTokens,
    reasoningTokens: reported.reasoningTokens,
    source: isReported ? 'reported' : isRead ? 'partial' : 'estimated',
  };
}
