import type { MessageRole } from '../types.js';

/** Kinds of rows that share the sequence `num` and the index. */
export type IndexedKind = 'message' | 'memory' | 'summary';

/** Where to search. All parts narrow each other; at least one of `owner` and `conversationId` is needed. */
export interface IndexScope {
  readonly owner?: string | undefined;
  /** `null` for what belongs to no project; left out for all of the owner. Memories of no project are always in. */
  readonly project?: string | null | undefined;
  /** Messages and summaries of this conversation, its fork chain included; with `owner` also the owner's memories. */
  readonly conversationId?: string | undefined;
  /** `message` in all roles but system. */
  readonly kinds?: readonly IndexedKind[] | undefined;
  readonly roles?: readonly Exclude<MessageRole, 'system'>[] | undefined;
  /** Private conversations too: for people who search, never for recall. `conversationId` alone reads a private one. */
  readonly withPrivate?: boolean | undefined;
}

export interface IndexQuery {
  readonly scope: IndexScope;
  /** Words as people write them; each is one token of the index or a run of tokens. Nothing in them is syntax. */
  readonly words: readonly string[];
  /** `any` of the words, or `all`. */
  readonly match: 'any' | 'all';
  readonly limit: number;
  /** By score (default), or the newest first. */
  readonly order?: 'score' | 'newest' | undefined;
  readonly sinceMs?: number | undefined;
  readonly untilMs?: number | undefined;
  /** Only rows before this one: the next page of `newest`. */
  readonly before?: { readonly atMs: number; readonly num: number } | undefined;
}

/** A row that holds words of a query. */
export interface IndexHit {
  readonly num: number;
  readonly kind: IndexedKind;
  /** Who said a message, `null` for the other kinds. */
  readonly role: 'user' | 'assistant' | 'tool' | null;
  /** BM25 with k1 1.2 and b 0.75 over the whole index, positive. */
  readonly score: number;
}

/** How often words occur in the index. */
export interface Frequencies {
  /** Rows of the index. */
  readonly documents: number;
  /** Mean length of a row in tokens of the index, at least 1. */
  readonly averageTokens: number;
  /** Rows that hold the word; 0 for an unknown one. A run of tokens counts as its rarest. */
  readonly of: ReadonlyMap<string, number>;
}
