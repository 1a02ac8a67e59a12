import type { ConversationPage, ConversationView } from './conversation.js';
import type { ErrorEnvelope } from './error.js';
import type { ForgetView, FoundMemory, MemoryExplanation, MemoryView } from './memory.js';
import type { TaskView } from './task.js';

/** `tale submit --json` and `tale status <id> --json`. */
export type TaskDocument<Schema extends 'tale.submit/1' | 'tale.status/1'> = {
  /** Which document. */ schema: Schema;
} & TaskView;

/** `tale list --json`. */
export interface ListDocument {
  /** Which document. */
  schema: 'tale.list/1';
  /** Newest first. */
  tasks: TaskView[];
  /** Cursor of the next page, or `null`. */
  next: string | null;
}

/** `tale memory show|add|pin|unpin|edit|explain --json`. */
export type MemoryDocument = {
  /** Which document. */ schema: 'tale.memory/1';
} & (MemoryView | MemoryExplanation);

/** `tale memory list|search --json`. */
export interface MemoriesDocument {
  /** Which document. */
  schema: 'tale.memories/1';
  /** Newest first; of a search the best first. */
  memories: (MemoryView | FoundMemory)[];
  /** Cursor of the next page, or `null`. */
  next: string | null;
}

/** `tale memory forget --json` and `tale conversations delete --json`. */
export type ForgetDocument = {
  /** Which document. */ schema: 'tale.forget/1';
} & ForgetView;

/** `tale conversations show --json`. An export has the same name as its `format`. */
export type ConversationDocument = {
  /** Which document. */ schema: 'tale.conversation/1';
} & ConversationPage;

/** `tale conversations list --json`. */
export interface ConversationsDocument {
  /** Which document. */
  schema: 'tale.conversations/1';
  /** The one that changed last first. */
  conversations: ConversationView[];
  /** Cursor of the next page, or `null`. */
  next: string | null;
}

/** Any command with `--json` that fails. */
export interface ErrorDocument {
  /** Which document. */
  schema: 'tale.error/1';
  /** The failure. */
  error: ErrorEnvelope;
  /** Exit code of the command. */
  exitCode: number;
}
