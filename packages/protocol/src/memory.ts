import * as z from 'zod/mini';

/** What a memory is: `instruction` and `preference` hold in every turn, the others are found when they matter. */
export const memoryKinds = ['instruction', 'preference', 'fact', 'decision', 'note'] as const;
/** Where a memory stands; only `active` ones are used. */
export const memoryStates = ['suggested', 'active', 'superseded', 'rejected'] as const;
/** Who made a memory: `rule` from words of the user, `model` as a suggestion. */
export const memoryOrigins = ['user', 'rule', 'model', 'import'] as const;

/** One of {@link memoryKinds}. */
export type MemoryKind = (typeof memoryKinds)[number];
/** One of {@link memoryStates}. */
export type MemoryState = (typeof memoryStates)[number];
/** One of {@link memoryOrigins}. */
export type MemoryOrigin = (typeof memoryOrigins)[number];

const instantOrNull = z.nullable(z.string());

/** Schema of {@link MemoryView}; unknown fields pass through. */
export const memoryViewSchema: z.ZodMiniType<MemoryView> = z.looseObject({
  memoryId: z.string(),
  kind: z.enum(memoryKinds),
  text: z.string(),
  project: z.nullable(z.string()),
  state: z.enum(memoryStates),
  origin: z.enum(memoryOrigins),
  isPinned: z.boolean(),
  quote: z.nullable(z.string()),
  sourceMessageId: z.nullable(z.string()),
  supersededBy: z.nullable(z.string()),
  validFrom: instantOrNull,
  validTo: instantOrNull,
  createdAt: z.string(),
  usedAt: instantOrNull,
  uses: z.number(),
});

/** Something that tale keeps in mind, as every client sees it. */
export interface MemoryView {
  /** Its id. */
  memoryId: string;
  /** What it is. */
  kind: MemoryKind;
  /** What it says. */
  text: string;
  /** Project that it holds for, or `null` for all. */
  project: string | null;
  /** Where it stands. */
  state: MemoryState;
  /** Who made it. */
  origin: MemoryOrigin;
  /** Whether it is in every window. */
  isPinned: boolean;
  /** Words of the message that it rests on, or `null`. */
  quote: string | null;
  /** Message that it comes from, or `null` if a person wrote it. */
  sourceMessageId: string | null;
  /** Memory that took its place, or `null`. */
  supersededBy: string | null;
  /** From when on it holds, ISO 8601, or `null`. */
  validFrom: string | null;
  /** Until when it held, ISO 8601, or `null` if it still does. */
  validTo: string | null;
  /** When it was made, ISO 8601. */
  createdAt: string;
  /** When it was said again last, ISO 8601, or `null`. */
  usedAt: string | null;
  /** How often it was said again. */
  uses: number;
}

/** A memory that was found by words. */
export interface FoundMemory extends MemoryView {
  /** Share of the highest possible score, 0 to 1. */
  relevance: number;
}

/** Where a memory comes from, and what became of it. */
export interface MemoryExplanation extends MemoryView {
  /** The message that it comes from, or `null` if a person wrote it or the message is gone. */
  source: MemorySource | null;
  /** Memories whose place it took, newest first. */
  replaced: MemoryView[];
  /** The memory that took its place, or `null`. */
  replacedBy: MemoryView | null;
}

/** The message that a memory comes from. */
export interface MemorySource {
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
  at: string;
  /** Its first characters. */
  excerpt: string;
}

/** Schema of {@link ForgetView}; unknown fields pass through. */
export const forgetViewSchema: z.ZodMiniType<ForgetView> = z.looseObject({
  forgetId: z.string(),
  dryRun: z.boolean(),
  rows: z.record(z.string(), z.number()),
  hits: z.array(
    z.looseObject({
      kind: z.enum(['conversation', 'message', 'memory']),
      id: z.string(),
      conversationId: z.nullable(z.string()),
      createdAt: z.string(),
      excerpt: z.string(),
    }),
  ),
  scrubbed: z.boolean(),
  notCovered: z.array(z.string()),
});

/** What was forgotten, or would be, and what that does not reach. */
export interface ForgetView {
  /** Id of the deletion in the record of deletions. */
  forgetId: string;
  /** Whether nothing was deleted. */
  dryRun: boolean;
  /** Rows that went, or would go, by kind. */
  rows: Record<string, number>;
  /** What a dry run would take, at most 1,000 of them; empty otherwise. */
  hits: ForgetHit[];
  /** Whether every byte was overwritten in the files of the database. */
  scrubbed: boolean;
  /** What may still hold the text, as sentences. */
  notCovered: string[];
}

/** Something that a dry run lists. */
export interface ForgetHit {
  /** What it is. */
  kind: 'conversation' | 'message' | 'memory';
  /** Its id. */
  id: string;
  /** Conversation that it belongs to, or `null`. */
  conversationId: string | null;
  /** When it was made, ISO 8601. */
  createdAt: string;
  /** Its first characters. */
  excerpt: string;
}
