import type { CallOptions } from '../types.js';

/** Kinds of rows that a deletion takes away. */
export type RowKind =
  | 'conversations'
  | 'messages'
  | 'index'
  | 'counts'
  | 'blocks'
  | 'windows'
  | 'summaries'
  | 'memories'
  | 'links'
  | 'vectors'
  | 'jobs'
  | 'learned';

/** Why the text of a message is removed; the record of deletions keeps it. */
export type RedactReason = 'private' | 'secret' | 'wrong' | 'other';

/** What to forget; several narrow each other, `everything` stands alone. */
export interface ForgetScope {
  /**
   * Whose.
   *
   * @defaultValue `'local'`
   */
  readonly owner?: string | undefined;
  /** One conversation, whoever it belongs to unless `owner` is given, with what its forks share with it moved to the oldest of them. */
  readonly conversation?: string | undefined;
  /** All conversations and memories of a project. */
  readonly project?: string | undefined;
  /** Messages and memories made before this time, epoch ms. */
  readonly before?: number | undefined;
  /**
   * What holds this text, letters of either case, composed or not: messages, their calls of tools and ids too, lose their text; memories,
   * summaries and links go; titles, folders and members of `meta` are cleared; projects are named `[removed <number>]`, unless
   * `conversation` narrows it. Ids of conversations and messages and names of owners stay.
   */
  readonly text?: string | undefined;
  /** All rows of every owner. */
  readonly everything?: boolean | undefined;
}

/** Options of `forget`. */
export interface ForgetOptions extends CallOptions {
  /**
   * Only lists what would go.
   *
   * @defaultValue false
   */
  readonly dryRun?: boolean | undefined;
  /** Who asked, for the record of deletions; `user` if left out. */
  readonly by?: string | undefined;
}

/** A row that a dry run lists. */
export interface ForgetHit {
  /** What it is. */
  readonly kind: 'conversation' | 'message' | 'memory';
  /** Its id. */
  readonly id: string;
  /** Conversation that it belongs to, `null` for memories of none. */
  readonly conversationId: string | null;
  /** When it was made, epoch ms. */
  readonly createdAtMs: number;
  /** Its first 80 characters. */
  readonly excerpt: string;
}

/** What was taken away, and what this package cannot reach. */
export interface ForgetReport {
  /** Id of the deletion in the record of deletions. */
  readonly id: string;
  /** Whether nothing was deleted. */
  readonly dryRun: boolean;
  /** Rows by kind that went, or would go. */
  readonly rows: Readonly<Record<RowKind, number>>;
  /** What a dry run would take, at most 1,000 of them; empty otherwise. */
  readonly hits: readonly ForgetHit[];
  /** Whether every byte was overwritten in the files of the database. */
  readonly scrubbed: boolean;
  /** What may still hold the text and is not covered, as sentences. */
  readonly notCovered: readonly string[];
}

/** What `verify` found. */
export interface VerifyReport {
  /** Whether nothing is wrong. */
  readonly ok: boolean;
  /** Messages that were read. */
  readonly messages: number;
  /** What is wrong. */
  readonly problems: readonly VerifyProblem[];
}

/**
 * What is wrong with a row: `crc` does not fit its text, `index` lacks it or holds one that is gone, `count` or `vector` without its row,
 * `summary` of other text than its source, `block` of a source that is gone, `seq` with a gap.
 */
export interface VerifyProblem {
  /** What is wrong. */
  readonly problem: 'crc' | 'index' | 'count' | 'vector' | 'summary' | 'block' | 'seq';
  /** Id of the message, memory, summary or conversation; `null` where the row is gone. */
  readonly id: string | null;
  /** What was seen, for people. */
  readonly detail: string;
}

/** Which conversations `prune` takes. */
export interface PrunePolicy extends CallOptions {
  /** Those that have not changed for so many days. */
  readonly olderThanDays: number;
  /** Whether archived ones stay. */
  readonly keepArchived: boolean;
  /** Whose; `local` if left out. */
  readonly owner?: string | undefined;
  /** Only lists what would go. */
  readonly dryRun?: boolean | undefined;
}
