import type { RowKind } from './types.js';

/** Rows by kind, counted while they go. */
export type RowCounts = Record<RowKind, number>;

/** Nothing counted yet. */
export function noRows(): RowCounts {
  return {
    conversations: 0,
    messages: 0,
    index: 0,
    counts: 0,
    blocks: 0,
    windows: 0,
    summaries: 0,
    memories: 0,
    links: 0,
    vectors: 0,
    jobs: 0,
    learned: 0,
  };
}

/** All of them together. */
export function allRows(counts: Readonly<RowCounts>): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}
