import type { MemoryKind } from '../store/contract.js';
import type { ToolCall } from '../types.js';

/** A text with what it takes of a prompt. */
export interface Piece {
  readonly text: string;
  readonly tokens: number;
}

/** A message as the window sees it. */
export interface WindowMessage {
  readonly id: string;
  readonly seq: number;
  readonly role: 'user' | 'assistant' | 'tool';
  readonly text: string;
  /** Text, calls and attachments; without the template's share. */
  readonly tokens: number;
  /** Share of `tokens` that attachments take. */
  readonly extraTokens: number;
  readonly toolCalls: readonly ToolCall[];
  readonly toolCallId: string | null;
  readonly toolName: string | null;
}

/** A message of the user with all that follows it up to the next one. */
export interface Unit {
  readonly firstSeq: number;
  readonly messages: readonly WindowMessage[];
  /** What was added to its turn when that was the current one. */
  readonly block: Piece | null;
}

/** A memory that is always in the window; its text is one line. */
export interface Pin extends Piece {
  readonly id: string;
  readonly kind: MemoryKind;
  readonly createdAtMs: number;
}

/** A summary that may stand for messages that left. */
export interface WindowSummary extends Piece {
  readonly id: string;
  readonly level: number;
  readonly fromSeq: number;
  readonly toSeq: number;
}

/** A line of recalled text; `text` says where it comes from. */
export interface RecallLine {
  readonly id: string;
  /** When it was said, `2026-11-30`. */
  readonly day: string;
  readonly text: string;
  /** The best one stays longest. */
  readonly relevance: number;
}

/** What could be added to the current turn. */
export interface BlockParts {
  readonly date: string | null;
  readonly news: readonly string[];
  /** In order of time. */
  readonly recall: readonly RecallLine[];
}

/**
 * How a message is shown shorter than it is: both ends around a marker, a marker alone, or not at all. The same cut stays with a message
 * for as long as it is in the window, else the prefix would change.
 */
export type Cut =
  | { readonly keep: 'ends'; readonly head: number; readonly tail: number; readonly leftTokens: number }
  | { readonly keep: 'marker' }
  | { readonly keep: 'nothing' };

/** Cuts by seq. */
export type Cuts = ReadonlyMap<number, Cut>;

/** What an epoch fixes until the next one. */
export interface EpochState {
  readonly epoch: number;
  readonly firstSeq: number;
  /** The system prompt as it was. */
  readonly system: Piece;
  /** Oldest first. */
  readonly pins: readonly Pin[];
  /** Pins that found no room. */
  readonly omittedPins: number;
  /** In order of what they cover. */
  readonly summaries: readonly WindowSummary[];
  readonly cuts: Cuts;
}

/** Counts texts that the window makes itself. */
export interface Measure {
  /** Tokens of a text. */
  count(text: string): number;
  /** The longest ends of a text within a number of tokens each. */
  ends(text: string, headTokens: number, tailTokens: number): { head: number; tail: number; tokens: number };
}

/** One cut, with what it is about; none is ever made without such an entry. */
export interface ShortenStep {
  /** What was shortened. */
  readonly what:
    | 'tool-result'
    | 'recall'
    | 'summaries'
    | 'answer'
    | 'unit'
    | 'current-result'
    | 'current-step'
    | 'current-text'
    | 'pins';
  /** Ids of the messages, memories or summaries. */
  readonly ids: readonly string[];
  /** Tokens before. */
  readonly fromTokens: number;
  /** Tokens after. */
  readonly toTokens: number;
}

/** Template's share of a message, tokens. */
export const messageOverheadTokens = 5;

/** Template's share of a prompt, tokens. */
export const promptOverheadTokens = 3;
