/** How far estimates of one tokenizer have been from what the server counted. */
export interface LearnedMargin {
  /** Newest last: (real − estimate) / estimate, at most {@link keptSamples}. */
  readonly errors: readonly number[];
  /** Newest last: tokens that short prompts took above their estimate, at most {@link keptSamples}. */
  readonly shortErrors: readonly number[];
}

/** Nothing was learnt yet. */
export const noMargin: LearnedMargin = { errors: [], shortErrors: [] };

/** Samples that are kept. */
const keptSamples = 200;
/** Calls after which the learnt share alone decides. */
const enoughCalls = 30;
/** Share of the estimate until then. */
const unlearnedShare = 0.1;
/** Prompts below tell about the template, not about the text. */
const shortPromptTokens = 512;
/** Tokens on top of the share. */
const marginTokens = 8;
/** Margin of exact counts, tokens. */
const exactMarginTokens = 16;

/** How the margin of a prompt is found. */
export type MarginRule = { readonly kind: 'exact' } | { readonly kind: 'estimate'; readonly share: number };

/** Sizes of one window. */
export interface Budget {
  /** Kept free for the answer. */
  readonly reserve: number;
  /** Most tokens that a prompt may have by our counts. */
  readonly budget: number;
}

/** Share of an estimate that the real count stays within in 95 of 100 calls; 10 % at least until 30 calls were seen. */
export function marginShare({ errors }: LearnedMargin): number {
  const under = errors.map((error) => Math.max(0, error)).sort((a, b) => a - b);
  const learned = under.length === 0 ? 0 : under[Math.min(under.length - 1, Math.ceil(under.length * 0.95) - 1)]!;
  return errors.length < enoughCalls ? Math.max(unlearnedShare, under.at(-1) ?? 0) : learned;
}

/** Share by which the real count may be below an estimate in 95 of 100 calls; 10 % at least until 30 calls were seen. */
export function thriftShare({ errors }: LearnedMargin): number {
  return marginShare({ errors: errors.map((error) => -error), shortErrors: [] });
}

/** Tokens that the template adds to each prompt above our estimate: the median of short prompts, 0 until five were seen. */
export function templateTokens({ shortErrors }: LearnedMargin): number {
  if (shortErrors.length < 5) return 0;
  const sorted = [...shortErrors].sort((a, b) => a - b);
  return Math.min(256, Math.max(0, Math.round(sorted[sorted.length >> 1]!)));
}

/** Learns from one call whose prompt was counted by the server. `estimate` does not hold the learnt template tokens. */
export function learnMargin(learned: LearnedMargin, estimate: number, real: number): LearnedMargin {
  if (estimate <= 0 || real <= 0) return learned;
  if (estimate < shortPromptTokens) {
    return { ...learned, shortErrors: [...learned.shortErrors, real - estimate].slice(-keptSamples) };
  }
  const withTemplate = estimate + templateTokens(learned);
  return { ...learned, errors: [...learned.errors, (real - withTemplate) / withTemplate].slice(-keptSamples) };
}

/** Tokens kept free because counts may be too low. */
export function marginOf(rule: MarginRule, promptTokens: number): number {
  return rule.kind === 'exact' ? exactMarginTokens : Math.ceil(rule.share * promptTokens) + marginTokens;
}

/** What of a window the prompt may take. A prompt within `budget` leaves room for its margin and the whole answer. */
export function budgetOf(
  window: {
    readonly contextTokens: number;
    readonly maxOutputTokens?: number | undefined;
    readonly answerTokens?: number | undefined;
  },
  rule: MarginRule,
): Budget {
  const { contextTokens, maxOutputTokens = Number.POSITIVE_INFINITY, answerTokens } = window;
  const wanted = answerTokens ?? Math.min(4_096, Math.max(512, Math.floor(contextTokens / 8)));
  const reserve = Math.floor(Math.min(wanted, maxOutputTokens, contextTokens / 2));
  const room = contextTokens - reserve;
  let budget = rule.kind === 'exact' ? room : Math.ceil(room / (1 + rule.share));
  while (budget > 0 && budget + marginOf(rule, budget) > room) budget--;
  return { reserve, budget: Math.max(0, budget) };
}
