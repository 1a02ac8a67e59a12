import type { Kysely } from 'kysely';
import type { IndexHit } from './contract.js';
import type { ContextTables } from './schema.js';

/** Tables of this package. */
export type Tables = Kysely<ContextTables>;

/** Letter of a row in the index: messages of user, assistant, tool; memory; summary. */
export type RoleLetter = 'u' | 'a' | 't' | 'm' | 's';

/** What the index knows of a row. */
export interface IndexEntry {
  readonly num: number;
  /** `null` for memories. */
  readonly conversationNum: number | null;
  readonly ownerNum: number;
  readonly projectNum: number;
  readonly isPrivate: boolean;
  readonly role: RoleLetter;
  readonly text: string;
  readonly grams: string | null;
}

/** Where to search, as numbers. */
export interface NumberedScope {
  /** Conversations of a fork chain with the last seq that is read of each, `null` for all of the owner. */
  readonly chain: readonly { readonly conversationNum: number; readonly toSeq: number }[] | null;
  readonly ownerNum: number | null;
  /** Project of messages and summaries, `null` for all. */
  readonly projectNum: number | null;
  /** All projects of the owner where `projectNum` is `null`, else that one; empty without an owner. */
  readonly projectNums: readonly number[];
  /** Number of "no project", whose memories hold everywhere. */
  readonly generalNum: number | null;
  readonly roles: readonly RoleLetter[];
  readonly withPrivate: boolean;
}

/** A search with everything resolved. */
export interface NumberedQuery {
  readonly scope: NumberedScope;
  /** Of each word the forms that count as it, as runs of tokens. */
  readonly words: readonly (readonly string[])[];
  readonly match: 'any' | 'all';
  readonly limit: number;
  readonly order: 'score' | 'newest';
  readonly sinceMs: number | null;
  readonly untilMs: number | null;
  readonly before: { readonly atMs: number; readonly num: number } | null;
}

/** What the two databases do differently. */
export interface IndexDriver {
  /** The next number of the sequence over messages, memories and summaries. */
  nextNum(db: Tables): Promise<number>;
  add(db: Tables, entry: IndexEntry): Promise<void>;
  /** Takes entries out; their rows must still be as they were when they were added. */
  remove(db: Tables, nums: readonly number[]): Promise<void>;
  search(db: Tables, query: NumberedQuery): Promise<IndexHit[]>;
  /** Rows of the index, and how many hold each token. */
  frequencies(
    db: Tables,
    tokens: readonly string[],
  ): Promise<{ documents: number; averageTokens: number; of: Map<string, number> }>;
  /** Numbers that are only in the index, or only in the rows. */
  differences(db: Tables): Promise<{ onlyIndex: number[]; onlyRows: number[] }>;
}

/** Rows of every indexed kind with their kind and time; `limit` of SQLite or PostgreSQL is the caller's. */
export const kindLetters: Readonly<Record<string, IndexHit['kind']>> = {
  u: 'message',
  a: 'message',
  t: 'message',
  m: 'memory',
  s: 'summary',
};

/** Who said a message of this letter, `null` for the other kinds. */
export const letterRoles: Readonly<Record<RoleLetter, IndexHit['role']>> = {
  u: 'user',
  a: 'assistant',
  t: 'tool',
  m: null,
  s: null,
};
