import type { Message } from '../messages/types.js';
import type { CallOptions } from '../types.js';

/** A text that may stand for a part of a conversation in a window. The messages stay what counts. */
export interface Summary {
  /** Its id, a ULID. */
  readonly id: string;
  /** Which conversation. */
  readonly conversationId: string;
  /** 0: of messages; above: of four summaries of the level below. */
  readonly level: number;
  /** First message that it covers. */
  readonly fromSeq: number;
  /** Last message that it covers. */
  readonly toSeq: number;
  /** `extract` without a model, `model` written and checked. */
  readonly kind: 'extract' | 'model';
  /** Its text. */
  readonly text: string;
  /** Its tokens. */
  readonly tokens: number;
  /** When it was made, epoch ms. */
  readonly createdAtMs: number;
}

/** What a run of summaries did. */
export interface SummaryRun {
  /** Summaries that a model wrote and the check took. */
  readonly made: number;
  /** Extracts that were made at once. */
  readonly extracts: number;
  /** Texts that were rejected. */
  readonly rejected: number;
  /** Vectors that were made; 0 without an embedder. */
  readonly vectors: number;
  /** Why it ended. */
  readonly ended: 'nothing-left' | 'no-model' | 'time' | 'message' | 'aborted';
}

/** Options of a run. */
export interface RunOptions extends CallOptions {
  /** Begins nothing new after this time, ms; no limit if left out. */
  readonly maxMs?: number | undefined;
}

/** Summaries of what left the windows. */
export interface Summaries {
  /** Summaries of a conversation, by level and place. */
  of(conversationId: string, options?: CallOptions): Promise<Summary[]>;
  /** The messages that a summary stands for. Rejects with `not-found`. */
  expand(summaryId: string, options?: CallOptions): Promise<Message[]>;
  /**
   * Makes what is missing: extracts at once, then vectors of texts that have none, then texts by the small model, one after the other. Ends
   * as soon as a message is appended; what was begun then is begun again. Call it when nothing else wants the model. An embedder that fails
   * is told to the logger and tried again with the next call.
   */
  runPending(options?: RunOptions): Promise<SummaryRun>;
  /** Removes the summaries that cover a message at or behind `fromSeq`; they are made anew. */
  invalidate(conversationId: string, fromSeq: number, options?: CallOptions): Promise<number>;
}
