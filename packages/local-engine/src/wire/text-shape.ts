import type { CallOutcome } from '../runner/model-runner.js';
import type { TextPiece } from '../runner/protocol.js';

/** The whole of an answer that is not streamed. */
export interface WholeText {
  readonly text: string;
  readonly thinking: string;
}

/** How an answer ended. */
export interface TextEnd {
  readonly outcome: CallOutcome;
  /** From the request to the end, ms. */ readonly totalMs: number;
}

/** How one API writes an answer of text. Objects are made in the order of the answer, each once. */
export interface TextShape {
  /** What comes before the first piece. */
  begin(): readonly object[];
  /** One piece. */
  delta(piece: TextPiece): object;
  /** What comes after the last piece. */
  end(end: TextEnd): readonly object[];
  /** The answer as one document. */
  document(whole: WholeText, end: TextEnd): object;
}

/** Counts and times as llama-server names them; ms. */
export function timings({ outcome }: TextEnd): object {
  return {
    cache_n: outcome.cachedTokens,
    prompt_n: outcome.promptTokens,
    prompt_ms: milliseconds(outcome.promptMs),
    predicted_n: outcome.outputTokens,
    predicted_ms: milliseconds(outcome.outputMs),
    queue_ms: milliseconds(outcome.queueMs),
  };
}

const milliseconds = (ms: number) => Math.round(ms * 1e3) / 1e3;
