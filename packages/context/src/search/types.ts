import type { CallOptions, MessageRole } from '../types.js';

/** What a person looks for. */
export interface SearchOptions extends CallOptions {
  /** Words; text in quotation marks stays together. */
  readonly text: string;
  /** Only in this conversation. */
  readonly conversationId?: string | undefined;
  /** Whose; `local` if left out and no conversation is named. */
  readonly owner?: string | undefined;
  /** Only in this project; `null` for those of none. */
  readonly project?: string | null | undefined;
  /** Only what this role said. */
  readonly role?: Exclude<MessageRole, 'system'> | undefined;
  /** Only from this time on, epoch ms. */
  readonly since?: number | undefined;
  /** Only up to this time, epoch ms. */
  readonly until?: number | undefined;
  /** `best` matches first, or the `newest`; `best` if left out. */
  readonly order?: 'best' | 'newest' | undefined;
  /**
   * Most hits, at most 200.
   *
   * @defaultValue 20
   */
  readonly limit?: number | undefined;
  /** Only hits behind the last page; needs `order: 'newest'`. */
  readonly before?: string | undefined;
}

/** A message that holds the words. */
export interface SearchHit {
  /** Its id. */
  readonly messageId: string;
  /** Conversation that holds it. */
  readonly conversationId: string;
  /** Title of the conversation, `null` if it has none. */
  readonly title: string | null;
  /** Place in the conversation. */
  readonly seq: number;
  /** Who said it. */
  readonly role: MessageRole;
  /** When, epoch ms. */
  readonly createdAtMs: number;
  /** Part of the text around the first of the words. */
  readonly excerpt: string;
  /** Where the words stand in the excerpt: begin and end in characters. */
  readonly marks: readonly (readonly [start: number, end: number])[];
}

/** Hits of a search. */
export interface SearchResult {
  /** The hits. */
  readonly hits: readonly SearchHit[];
  /** Whether every hit holds all words; otherwise some of them. */
  readonly allWords: boolean;
  /** `before` of the next page, `null` if there is none. */
  readonly next: string | null;
}
