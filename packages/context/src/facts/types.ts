import type { Memory } from '../memories/types.js';
import type { Hit } from '../recall/types.js';
import type { CallOptions, TaskFact } from '../types.js';

/** Questions that are answered from rows. */
export type FactIntent =
  | 'last-request'
  | 'last-answer'
  | 'task-status'
  | 'task-by-id'
  | 'task-list'
  | 'said-about'
  | 'known-about-me';

/** What the user asked for last. */
export interface LastRequest {
  /** Message that holds it. */
  readonly messageId: string;
  /** Its place. */
  readonly seq: number;
  /** Its text, word for word. */
  readonly text: string;
  /** When it was said, epoch ms. */
  readonly atMs: number;
  /** Task that was made from it, `null` if none was. */
  readonly taskId: string | null;
  /** Where that task stands, `null` if there is none or nobody could say. */
  readonly task: TaskFact | null;
}

/** Where tasks stand. */
export interface TaskStatus {
  /** Newest first. */
  readonly tasks: readonly TaskFact[];
  /** `conversation`: linked with it; `owner`: it has none, so the newest open one of the program; `id`: by the beginning of an id. */
  readonly from: 'conversation' | 'owner' | 'id';
}

/** An answer made of rows alone. */
export interface FactAnswer {
  /** What was asked. */
  readonly intent: FactIntent;
  /** Language of the question and the text. */
  readonly language: 'en' | 'de' | 'fr' | 'es';
  /** The answer as text, a template over the rows. A model may add to it, never a number or a state. */
  readonly text: string;
  /** Ids of the rows that it was made of. */
  readonly sources: readonly string[];
  /** Tasks in it. */
  readonly tasks: readonly TaskFact[];
  /** Hits in it. */
  readonly hits: readonly Hit[];
  /** Memories in it. */
  readonly memories: readonly Memory[];
}

/** Answers from rows, without a model. */
export interface Facts {
  /** Answers a question of the closed list, `null` for every other text and for ids that nobody knows. */
  answer(
    query: { readonly conversationId: string; readonly text: string },
    options?: CallOptions,
  ): Promise<FactAnswer | null>;
  /** The newest message of the user that is no such question itself, `null` if there is none. */
  lastRequest(conversationId: string, options?: CallOptions): Promise<LastRequest | null>;
  /** Where the tasks of a conversation stand; by the beginning of an id where one is given; `null` for an id that nobody knows. */
  taskStatus(
    query: { readonly conversationId: string; readonly idPrefix?: string | undefined },
    options?: CallOptions,
  ): Promise<TaskStatus | null>;
}
