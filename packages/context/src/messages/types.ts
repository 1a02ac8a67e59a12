import type { RedactReason } from '../forget/types.js';
import type { CallOptions, JsonObject, MessageRole, ToolCall } from '../types.js';

/** Something sent with a message that is kept elsewhere. */
export interface Attachment {
  /** What it is: `image`, `file` or another word of the program. */
  readonly kind: string;
  /** Where the program keeps it. */
  readonly reference: string;
  /** What it adds to a prompt, in tokens; 0 if it is never sent. */
  readonly tokens: number;
}

/** What a message holds beside its text. */
export interface MessageParts {
  /** Calls that the assistant asked for. */
  readonly toolCalls?: readonly ToolCall[] | undefined;
  /** Name of the tool that answers. */
  readonly toolName?: string | undefined;
  /** What the model thought; kept, never sent back. */
  readonly thinking?: string | undefined;
  /** What was sent with it. */
  readonly attachments?: readonly Attachment[] | undefined;
  /** What the program wants to keep with it. */
  readonly extra?: JsonObject | undefined;
}

/** Whether a message is complete: `open` while it streams, `aborted` and `error` keep what was shown. */
export type MessageStatus = 'open' | 'done' | 'aborted' | 'error';

/** Where a message came from. */
export type MessageOrigin = 'user' | 'model' | 'tool' | 'import';

/** One message of a conversation. */
export interface Message {
  /** Its id, a ULID. */
  readonly id: string;
  /** The conversation that was asked for; a fork shows its parent's messages as its own. */
  readonly conversationId: string;
  /** Place in the conversation, from 1, without gaps. */
  readonly seq: number;
  /** Who says it. */
  readonly role: MessageRole;
  /** What is said; `[removed]` after `redact`. */
  readonly text: string;
  /** What it holds beside its text. */
  readonly parts: MessageParts;
  /** Which call of a tool it answers, `null` if none. */
  readonly toolCallId: string | null;
  /** Task that it belongs to, `null` if none. */
  readonly taskId: string | null;
  /** Model call that made it, `null` if none. */
  readonly callId: string | null;
  /** Whether it is complete. */
  readonly status: MessageStatus;
  /** Where it came from. */
  readonly origin: MessageOrigin;
  /** When it was appended, epoch ms. */
  readonly createdAtMs: number;
  /** When its text was removed, epoch ms, `null` if it was not. */
  readonly redactedAtMs: number | null;
}

/** A message to append. */
export interface NewMessage {
  /** Its id; a new ULID if left out. An id that the conversation holds already appends nothing and answers as the first time. */
  readonly id?: string | undefined;
  /** Who says it. */
  readonly role: MessageRole;
  /** What is said. */
  readonly text: string;
  /** What it holds beside its text. */
  readonly parts?: MessageParts | undefined;
  /** Which call of a tool it answers. */
  readonly toolCallId?: string | undefined;
  /** Task that it belongs to; the conversation is linked with it. */
  readonly taskId?: string | undefined;
  /** How the task relates to the message; `about` if left out. */
  readonly taskLink?: 'asked' | 'about' | 'result' | undefined;
  /** Model call that made it. */
  readonly callId?: string | undefined;
  /** Where it came from; by its role if left out. */
  readonly origin?: MessageOrigin | undefined;
  /** When it was said, epoch ms; now if left out. */
  readonly createdAtMs?: number | undefined;
}

/** Options of an append. */
export interface AppendOptions extends CallOptions {
  /** Appends only behind this message (0 for the first one), else rejects with `seq-conflict`. */
  readonly afterSeq?: number | undefined;
}

/** Where an appended message stands. */
export interface Appended {
  /** Its id. */
  readonly id: string;
  /** Its place in the conversation, from 1. */
  readonly seq: number;
  /** Memories that the message made by rule, for the line that shows them with an undo. */
  readonly pinned: readonly PinnedLine[];
}

/** A standing instruction or preference that was caught from a message. */
export interface PinnedLine {
  /** Id of the memory. */
  readonly memoryId: string;
  /** Its text. */
  readonly text: string;
}

/** A message that is being written. */
export interface MessageStream {
  /** Its id. */
  readonly id: string;
  /** Its place in the conversation. */
  readonly seq: number;
  /**
   * Adds text. Stored after 500 ms or 1,000 characters, whichever comes first; resolves at once unless a write is due and waits for it then.
   */
  delta(text: string): Promise<void>;
  /** Stores the rest and ends the message. */
  end(options?: StreamEnd): Promise<Message>;
  /** Stores what came and marks it as aborted; without effect after `end`. */
  abort(): Promise<Message>;
}

/** How a stream ended. */
export interface StreamEnd {
  /** Whether the answer is complete; `done` if left out. */
  readonly status?: 'done' | 'aborted' | 'error' | undefined;
  /** What it holds beside its text. */
  readonly parts?: MessageParts | undefined;
  /** Model call that made it. */
  readonly callId?: string | undefined;
  /** Tokens that the server counted for the text, kept as its exact count. */
  readonly usage?:
    | {
        /** Tokenizer or digest that counted. */
        readonly tokenizer: string;
        /** Tokens of the answer. */
        readonly outputTokens: number;
      }
    | undefined;
}

/** Which messages to read. */
export interface PageOptions extends CallOptions {
  /** Only messages before this seq; the newest page if neither is given. */
  readonly before?: number | undefined;
  /** Only messages after this seq. */
  readonly after?: number | undefined;
  /**
   * Most messages, at most 1,000.
   *
   * @defaultValue 100
   */
  readonly limit?: number | undefined;
}

/** Messages in order of seq. */
export interface MessagePage {
  /** The messages. */
  readonly messages: readonly Message[];
  /** `before` of the page before this one, `null` if there is none. */
  readonly before: number | null;
  /** `after` of the next page, `null` if there is none. */
  readonly after: number | null;
}

/** The messages of one conversation. */
export interface Messages {
  /**
   * Appends a message; resolves once it is stored with its index entry, its link and the memories that it made.
   *
   * @throws {@link ContextError} `not-found`, `conversation-closed`, `seq-conflict`, `message-too-large`, `tool-pair-broken`, `store-busy`,
   * `store-full`
   */
  append(message: NewMessage, options?: AppendOptions): Promise<Appended>;
  /** Begins a message that is stored while it is written. */
  start(message: Omit<NewMessage, 'text' | 'parts'>, options?: AppendOptions): Promise<MessageStream>;
  /** Reads a page. */
  page(options?: PageOptions): Promise<MessagePage>;
  /** Reads one message; `not-found` if the conversation has none of this id. */
  read(id: string, options?: CallOptions): Promise<Message>;
  /** Takes the text of a message away for good; its place in the conversation stays. */
  redact(id: string, options: CallOptions & { readonly reason: RedactReason }): Promise<void>;
}
