import type { LearnedMargin } from './margin.js';
import { judgeCall, type SentFit, type Verdict } from './observe.js';
import type { Observation } from './types.js';

/** A prompt until its call is over. */
export interface SentPrompt {
  readonly fit: SentFit;
  /** `false` where it was so short that nobody counted it: nothing can be learnt from it. */
  readonly isCounted: boolean;
  /** Fewest tokens that it takes where a tokenizer joins digits; our count has them single. */
  readonly leastTokens: number;
  /** Fits of the same prompt that were refused or cut before. */
  readonly retries: number;
}

/** Calls after which a tokenizer is known to be thriftier than ours. */
const enoughCalls = 5;
/** Below this share of what was to be expected, a prompt was cut. */
const cutShare = 0.8;
/** What a try after a silent cut may take of what the server has read. */
const retryShare = 0.85;

/**
 * Says what became of a prompt, as `judgeCall` does, with more care before it is called cut: a call that nobody cut must not be thrown
 * away. Digits that a tokenizer joins and a tokenizer that was thriftier in earlier calls are no cuts.
 */
export function judgePrompt(
  { fit, isCounted, leastTokens }: SentPrompt,
  learned: LearnedMargin,
  observation: Omit<Observation, 'fitId'>,
): Verdict {
  const verdict = judgeCall(fit, observation);
  const { promptTokens } = observation;
  if (!isCounted && verdict.kind !== 'too-long') {
    return { ...verdict, kind: observation.truncated ? 'truncated' : 'ok', sample: null };
  }
  if (verdict.kind !== 'truncated' || promptTokens === null) return verdict;
  const expected = leastTokens * (1 + usualError(learned));
  if (!observation.truncated && promptTokens >= expected * cutShare) {
    const estimate = fit.totalTokens - fit.templateTokens;
    return { ...verdict, kind: 'ok', sample: fit.isExact ? null : { estimate, real: promptTokens } };
  }
  return { ...verdict, retryBudget: Math.floor(Math.min(fit.budgetTokens, promptTokens) * retryShare) };
}

/** By how much a tokenizer usually stays below our counts, 0 or less; 0 until enough is known. */
function usualError({ errors }: LearnedMargin): number {
  if (errors.length < enoughCalls) return 0;
  const sorted = [...errors].sort((first, second) => first - second);
  return Math.min(0, sorted[sorted.length >> 1]!);
}

/** Tokens by which single digits are more than digits in threes. */
export function digitTokens(text: string): number {
  let tokens = 0;
  for (const [run] of text.matchAll(/\d{2,}/g)) tokens += run.length - Math.ceil(run.length / 3);
  return tokens;
}
