import type { Observation } from './types.js';

/** What is remembered of a fit until its call is over. */
export interface SentFit {
  readonly conversationId: string;
  readonly model: string;
  readonly tokenizer: string;
  readonly contextTokens: number;
  /** Our count of the prompt. */
  readonly totalTokens: number;
  readonly marginTokens: number;
  readonly budgetTokens: number;
  /** Share of the template that was learnt and counted in. */
  readonly templateTokens: number;
  readonly isExact: boolean;
  /** What the server should have cached. */
  readonly stableTokens: number;
}

/** What an observation means. */
export interface Verdict {
  readonly kind: 'ok' | 'over' | 'truncated' | 'too-long';
  /** Our estimate and the real count to learn from, `null` if there is nothing to learn. */
  readonly sample: { readonly estimate: number; readonly real: number } | null;
  /** Most tokens of the next try, `null` where there is none. */
  readonly retryBudget: number | null;
  /** Whether the server evaluated again what it should have had cached. */
  readonly hasLostCache: boolean;
}

/** Below this share of the estimate a count means that the prompt was cut. */
const cutShare = 0.8;
/** Only prompts of at least this share of the window are cut. */
const largeShare = 0.5;
/** What a try after a refusal may take of the one before. */
const retryShare = 0.85;
/** Below this share of the stable prefix the cache was lost. */
const cachedShare = 0.5;
/** Shorter prefixes say nothing. */
const leastPrefixTokens = 256;

/** Says what became of a prompt. */
export function judgeCall(
  fit: SentFit,
  { promptTokens, cachedTokens, truncated, error }: Omit<Observation, 'fitId'>,
): Verdict {
  const hasLostCache =
    cachedTokens !== undefined &&
    cachedTokens !== null &&
    fit.stableTokens >= leastPrefixTokens &&
    cachedTokens < fit.stableTokens * cachedShare;
  const verdict = { sample: null, retryBudget: null, hasLostCache };
  if (error === 'context-too-long') {
    const retryBudget = Math.floor(Math.min(fit.budgetTokens, fit.totalTokens) * retryShare);
    return { ...verdict, kind: 'too-long', sample: sampleOf(fit, promptTokens), retryBudget, hasLostCache: false };
  }
  if (truncated) return { ...verdict, kind: 'truncated' };
  if (promptTokens === null || promptTokens <= 0) return { ...verdict, kind: 'ok' };
  const isLarge = fit.totalTokens >= fit.contextTokens * largeShare;
  if (promptTokens < fit.totalTokens * cutShare && isLarge) return { ...verdict, kind: 'truncated' };
  const isOver = promptTokens > fit.totalTokens + fit.marginTokens;
  return { ...verdict, kind: isOver ? 'over' : 'ok', sample: sampleOf(fit, promptTokens) };
}

function sampleOf(fit: SentFit, promptTokens: number | null): Verdict['sample'] {
  if (promptTokens === null || promptTokens <= 0 || fit.isExact) return null;
  return { estimate: fit.totalTokens - fit.templateTokens, real: promptTokens };
}
