import type { SentFit } from '../../src/window/observe.js';

/** A fit of 5,000 estimated tokens in a window of 8,192. */
export const sentFit: SentFit = {
  conversationId: 'c',
  model: 'small',
  tokenizer: 'small',
  contextTokens: 8_192,
  totalTokens: 5_000,
  marginTokens: 508,
  budgetTokens: 6_500,
  templateTokens: 10,
  isExact: false,
  stableTokens: 4_000,
};
