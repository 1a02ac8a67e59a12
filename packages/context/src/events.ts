import type { MessageRole } from './types.js';

/** What happens in a context. */
export interface ContextEvents {
  /** A message was stored, or a stream has ended. */
  'message-append': [MessageAppended];
  /** A window has dropped its oldest part. */
  'window-evict': [WindowEvicted];
  /** Something was shortened to fit. */
  'window-shorten': [WindowShortened];
  /** The server has cut the prompt without saying so. */
  'window-truncated': [WindowTruncated];
  /** A summary was made. */
  'summary-end': [SummaryEnded];
  /** A summary could not be made; the extract stays. */
  'summary-error': [SummaryFailed];
  /** Memories were suggested, or caught by rule. */
  'memory-suggest': [MemorySuggested];
  /** A deletion has ended. */
  'forget-end': [ForgetEnded];
}

/** A message was stored. */
export interface MessageAppended {
  /** Which conversation. */
  readonly conversationId: string;
  /** Which message. */
  readonly messageId: string;
  /** Its place. */
  readonly seq: number;
  /** Who says it. */
  readonly role: MessageRole;
}

/** A window has dropped its oldest part. */
export interface WindowEvicted {
  /** Which conversation. */
  readonly conversationId: string;
  /** Which model. */
  readonly model: string;
  /** Number of the epoch that begins. */
  readonly epoch: number;
  /** First message that is still in. */
  readonly firstSeq: number;
  /** Tokens that left. */
  readonly leftTokens: number;
}

/** Something was shortened to fit. */
export interface WindowShortened {
  /** Which conversation. */
  readonly conversationId: string;
  /** Which model. */
  readonly model: string;
  /** What was done, step by step, in the words of the step. */
  readonly steps: readonly string[];
}

/** The server has cut the prompt. */
export interface WindowTruncated {
  /** Which conversation, `null` for a prompt of its own. */
  readonly conversationId: string | null;
  /** Which model. */
  readonly model: string;
  /** Tokens that the server says it read. */
  readonly promptTokens: number;
  /** Tokens that were sent. */
  readonly sentTokens: number;
}

/** A summary was made. */
export interface SummaryEnded {
  /** Which conversation. */
  readonly conversationId: string;
  /** Which summary. */
  readonly summaryId: string;
  /** First message that it covers. */
  readonly fromSeq: number;
  /** Last message that it covers. */
  readonly toSeq: number;
}

/** A summary could not be made. */
export interface SummaryFailed {
  /** Which conversation. */
  readonly conversationId: string;
  /** First message of the segment. */
  readonly fromSeq: number;
  /** Last message of the segment. */
  readonly toSeq: number;
  /** Why, in one word. */
  readonly reason: string;
}

/** Memories were suggested, or caught by rule. */
export interface MemorySuggested {
  /** Conversation that they come from, `null` for none. */
  readonly conversationId: string | null;
  /** Their ids. */
  readonly memoryIds: readonly string[];
  /** `rule`: active at once; `model`: wait for an answer. */
  readonly origin: 'rule' | 'model';
}

/** A deletion has ended. */
export interface ForgetEnded {
  /** Its id in the record of deletions. */
  readonly id: string;
  /** Rows that went. */
  readonly rows: number;
  /** Whether every byte was overwritten. */
  readonly scrubbed: boolean;
}
