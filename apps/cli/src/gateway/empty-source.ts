import type { TaskSource } from './task-source.js';

/** Answers for a data folder in which nothing was ever stored. */
export const emptySource: TaskSource = {
  isLive: false,
  asOfMs: null,
  overview: async () => ({ tasks: {}, tokensToday: { inputTokens: 0, outputTokens: 0, calls: 0 } }),
  list: async () => ({ tasks: [], next: null }),
  match: async () => ({ kind: 'none', tasks: [], suggestions: [] }),
  task: async () => null,
  tokens: async () => ({
    rows: [],
    totals: {
      calls: 0,
      errors: 0,
      inputTokens: 0,
      outputTokens: 0,
      cacheReadTokens: null,
      cacheReadCalls: 0,
      cacheWriteTokens: null,
      cacheWriteCalls: 0,
      reasoningTokens: null,
      reasoningCalls: 0,
      durationMs: 0,
      source: 'reported',
    },
    droppedRecords: null,
  }),
  close: () => {},
};
