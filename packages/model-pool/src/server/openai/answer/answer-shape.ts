import type { CallResult, CallUsage, ToolCall } from '../../../types.js';

/** What all parts of an answer repeat. */
export interface AnswerHead {
  /** The request. */
  readonly requestId: string;
  /** The model's name on its server. */
  readonly model: string;
  /** When the answer began, epoch s. */
  readonly createdSeconds: number;
}

/** Writes the events of a streamed answer. Each method returns events as they go on the wire; empty = none. */
export interface AnswerChunks {
  /** Before everything else. */
  first(): string;
  /** A piece of the answer. */
  text(text: string): string;
  /** A piece of thinking. */
  thinking(text: string): string;
  /** A call of a tool. */
  toolCall(index: number, call: ToolCall): string;
  /** Why the model stopped. */
  end(reason: FinishReason): string;
  /** What it cost. */
  usage(usage: CallUsage): string;
}

/** Why a model stopped, in OpenAI's words. */
export type FinishReason = 'stop' | 'length' | 'tool_calls';

/** How answers of a route look. */
export interface AnswerShape {
  /** A whole answer. */
  whole(head: AnswerHead, result: Pick<CallResult, 'text' | 'thinking' | 'toolCalls' | 'end'>): object;
  /** An answer piece by piece. */
  chunks(head: AnswerHead, includesUsage: boolean): AnswerChunks;
}
