import type { JsonObject } from '../../types.js';
import type { FakeToolCall } from './script.js';

/** What is known of an answer while it is written. */
export interface FakeAnswer {
  /** Name of the model. */
  model: string;
  /** Tokens of the prompt. */
  inputTokens: number;
  /** Tokens written so far. */
  outputTokens: number;
  /** Tokens of the prompt from a cache; `null` = the server does not say. */
  cachedTokens: number | null;
  /** Thinking so far. */
  thinking: string;
  /** Text so far. */
  text: string;
  /** Tools that are asked for at the end. */
  toolCalls: readonly FakeToolCall[];
  /** Why it ends. */
  finish: 'stop' | 'length';
  /** How long it took so far, ms. */
  times: { totalMs: number; loadMs: number; prefillMs: number; decodeMs: number };
}

/** How the answers of one API stand on the wire. */
export interface FakeDialect {
  /** Content type of a stream. */
  readonly contentType: string;
  /** What ends a stream after its last object. */
  readonly terminator: string;
  /** One object of a stream as text. */
  frame(value: JsonObject): string;
  /** Objects before the first piece. */
  open(answer: FakeAnswer): readonly JsonObject[];
  /** A piece. */
  piece(answer: FakeAnswer, kind: 'text' | 'thinking', text: string): JsonObject;
  /** Objects after the last piece. */
  close(answer: FakeAnswer): readonly JsonObject[];
  /** The answer to a request that wants no stream. */
  whole(answer: FakeAnswer): JsonObject;
  /** A failure as a whole answer. */
  error(message: string, status: number): JsonObject;
  /** A failure as an object of a stream. @defaultValue `error` */
  readonly lineError?: (message: string) => JsonObject;
}

/** A failure in the middle of a stream as text. */
export function framedError({ frame, error, lineError }: FakeDialect, message: string): string {
  return frame(lineError === undefined ? error(message, 500) : lineError(message));
}

/** The end of a stream as text. */
export function framedEnd(dialect: FakeDialect, answer: FakeAnswer): string {
  return dialect.close(answer).map(dialect.frame).join('') + dialect.terminator;
}
