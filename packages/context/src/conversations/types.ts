import type { ForgetReport } from '../forget/types.js';
import type { ExportOptions, ImportOptions, ImportReport } from '../portable/types.js';
import type { CallOptions, JsonObject } from '../types.js';

/** A conversation. */
export interface Conversation {
  /** Its id, a ULID. */
  readonly id: string;
  /** What it is called; taken from its first user message where nobody named it, `null` before. */
  readonly title: string | null;
  /** Whose it is. Nothing of one owner is ever recalled for another. */
  readonly owner: string;
  /** Project that it belongs to, `null` for none. */
  readonly project: string | null;
  /** Folder that it is shown in, `null` for none. */
  readonly folder: string | null;
  /** Conversation that it was forked from, `null` for none. */
  readonly parentId: string | null;
  /** Last message that it shares with its parent, 0 for none. */
  readonly forkSeq: number;
  /** Kept, but never recalled, summarised or learnt from. */
  readonly isPrivate: boolean;
  /** When it was made, epoch ms. */
  readonly createdAtMs: number;
  /** When it changed last, epoch ms. */
  readonly updatedAtMs: number;
  /** When it was archived, epoch ms, `null` if it is not. */
  readonly archivedAtMs: number | null;
  /** Seq of its last message, 0 if it has none. */
  readonly lastSeq: number;
  /** What the program keeps with it. */
  readonly meta: JsonObject;
}

/** A conversation to make. */
export interface NewConversation {
  /** Its id; a new ULID if left out. */
  readonly id?: string | undefined;
  /** What it is called. */
  readonly title?: string | undefined;
  /**
   * Whose it is.
   *
   * @defaultValue `'local'`
   */
  readonly owner?: string | undefined;
  /** Project that it belongs to. */
  readonly project?: string | undefined;
  /** Folder that it is shown in. */
  readonly folder?: string | undefined;
  /**
   * Kept, but never recalled, summarised or learnt from.
   *
   * @defaultValue false
   */
  readonly private?: boolean | undefined;
  /** What the program keeps with it. */
  readonly meta?: JsonObject | undefined;
}

/** Which conversations to list, newest first. */
export interface ListConversations extends CallOptions {
  /**
   * Whose.
   *
   * @defaultValue `'local'`
   */
  readonly owner?: string | undefined;
  /** Only of this project; `null` for those of none. */
  readonly project?: string | null | undefined;
  /** Only of this folder; `null` for those of none. */
  readonly folder?: string | null | undefined;
  /** `true`: only archived ones; `false`: none of them; both if left out. */
  readonly archived?: boolean | undefined;
  /** Only those whose title or messages hold these words. */
  readonly text?: string | undefined;
  /** Only those before the end of the last page. */
  readonly before?: string | undefined;
  /**
   * Most conversations, at most 1,000.
   *
   * @defaultValue 50
   */
  readonly limit?: number | undefined;
}

/** A page of conversations. */
export interface ConversationPage {
  /** The conversations, the one that changed last first. */
  readonly conversations: readonly Conversation[];
  /** `before` of the next page, `null` if there is none. */
  readonly next: string | null;
}

/** The conversations of a database. */
export interface Conversations {
  /** Makes a conversation. An id that exists already gives that conversation. */
  create(conversation?: NewConversation, options?: CallOptions): Promise<Conversation>;
  /** Reads one, `null` if there is none of this id. */
  get(id: string, options?: CallOptions): Promise<Conversation | null>;
  /** Lists conversations, the one that changed last first. */
  list(options?: ListConversations): Promise<ConversationPage>;
  /** Gives it a title. */
  rename(id: string, title: string, options?: CallOptions): Promise<Conversation>;
  /** Puts it away, or back with `archived: false`. */
  archive(id: string, options?: CallOptions & { readonly archived?: boolean | undefined }): Promise<Conversation>;
  /** A new conversation that shares the messages of this one up to `atMessage`. At most 32 forks deep. */
  fork(
    id: string,
    options: CallOptions & {
      /** Id of the last message that both share. */
      readonly atMessage: string;
      /** What the fork is called. */
      readonly title?: string | undefined;
    },
  ): Promise<Conversation>;
  /** Deletes it for good; `forks` says whether its forks keep what they share with it. */
  delete(id: string, options: CallOptions & { readonly forks: 'keep' | 'delete' }): Promise<ForgetReport>;
  /** Conversations as text: JSON that `import` reads, or Markdown for people. */
  export(ids: readonly string[], options: ExportOptions): AsyncIterable<string>;
  /** Takes an export in; what is there already stays as it is. */
  import(json: string | AsyncIterable<string | Uint8Array>, options?: ImportOptions): Promise<ImportReport>;
}
