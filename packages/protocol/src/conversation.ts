import * as z from 'zod/mini';

const roles = ['system', 'user', 'assistant', 'tool'] as const;
const statuses = ['open', 'done', 'aborted', 'error'] as const;

/** Schema of {@link ConversationView}; unknown fields pass through. */
export const conversationViewSchema: z.ZodMiniType<ConversationView> = z.looseObject({
  conversationId: z.string(),
  title: z.nullable(z.string()),
  project: z.nullable(z.string()),
  folder: z.nullable(z.string()),
  parentId: z.nullable(z.string()),
  isPrivate: z.boolean(),
  messages: z.number(),
  createdAt: z.string(),
  updatedAt: z.string(),
  archivedAt: z.nullable(z.string()),
});

/** A conversation as every client sees it. */
export interface ConversationView {
  /** Its id. */
  conversationId: string;
  /** What it is called, or `null`. */
  title: string | null;
  /** Project that it belongs to, or `null`. */
  project: string | null;
  /** Folder that it is shown in, or `null`. */
  folder: string | null;
  /** Conversation that it was forked from, or `null`. */
  parentId: string | null;
  /** Kept, but never recalled, summarised or learnt from. */
  isPrivate: boolean;
  /** How many messages it has, shared ones included. */
  messages: number;
  /** When it was made, ISO 8601. */
  createdAt: string;
  /** When it changed last, ISO 8601. */
  updatedAt: string;
  /** When it was put away, ISO 8601, or `null`. */
  archivedAt: string | null;
}

/** Schema of {@link MessageView}; unknown fields pass through. */
export const messageViewSchema: z.ZodMiniType<MessageView> = z.looseObject({
  messageId: z.string(),
  seq: z.number(),
  role: z.enum(roles),
  text: z.string(),
  characters: z.number(),
  status: z.enum(statuses),
  taskId: z.nullable(z.string()),
  createdAt: z.string(),
  removedAt: z.nullable(z.string()),
});

/** A message of a conversation. */
export interface MessageView {
  /** Its id. */
  messageId: string;
  /** Place in the conversation, from 1. */
  seq: number;
  /** Who says it. */
  role: 'system' | 'user' | 'assistant' | 'tool';
  /** What is said; the beginning of it where it is shorter than `characters`. */
  text: string;
  /** Length of the whole text. */
  characters: number;
  /** Whether it is complete. */
  status: 'open' | 'done' | 'aborted' | 'error';
  /** Task that it belongs to, or `null`. */
  taskId: string | null;
  /** When it was said, ISO 8601. */
  createdAt: string;
  /** When its text was removed, ISO 8601, or `null`. */
  removedAt: string | null;
}

/** A part of a conversation's messages, in order. */
export interface ConversationPage extends ConversationView {
  /** The messages. */
  page: MessageView[];
  /** `before` of the page before this one, or `null`. */
  before: number | null;
  /** `after` of the next page, or `null`. */
  after: number | null;
}

/** A message that holds the words of a search. */
export interface SearchHit {
  /** The message. */
  messageId: string;
  /** Conversation that holds it. */
  conversationId: string;
  /** Title of the conversation, or `null`. */
  title: string | null;
  /** Place in the conversation, from 1. */
  seq: number;
  /** Who said it. */
  role: 'system' | 'user' | 'assistant' | 'tool';
  /** When, ISO 8601. */
  createdAt: string;
  /** Part of the text around the first of the words. */
  excerpt: string;
  /** Where the words stand in the excerpt: begin and end in characters. */
  marks: (readonly [start: number, end: number])[];
}

/** Hits of a search in conversations. */
export interface SearchPage {
  /** The hits. */
  hits: SearchHit[];
  /** Whether every hit holds all words; otherwise some of them. */
  allWords: boolean;
  /** Cursor of the next page, or `null`. */
  next: string | null;
}

/** What an import did, or would do. */
export interface ImportView {
  /** Whether nothing was written. */
  dryRun: boolean;
  /** Conversations that came new. */
  conversations: number;
  /** Messages that came new. */
  messages: number;
  /** Memories that came new. */
  memories: number;
  /** Summaries that came new. */
  summaries: number;
  /** Rows that were there already. */
  known: number;
}
