import type { ResultOf, RunnerCall, TextCall, TextPiece } from './protocol.js';

/** What a model has to be loaded with for a call. */
export interface LoadWish {
  /** Least context; a loaded model with less is loaded again, one with more is not. */
  readonly contextTokens: number;
  /** Prompt tokens per batch; a model that is loaded with others is loaded again. `null` or missing = as it is. */
  readonly batchTokens?: number | null;
  /** Layers on the GPU; a model that is loaded with others is loaded again. `null` or missing = as it is. */
  readonly gpuLayers?: number | null;
}

/** What a call wants beside its answer. */
export interface CallOptions extends LoadWish {
  readonly signal: AbortSignal;
  /** 0 to 9, 9 is the most urgent. */
  readonly priority: number;
  /** How long the model stays afterwards; `null` = as it is. */
  readonly keepAliveMs: number | null;
  /** Most threads; `null` or missing = what the rule grants. */
  readonly maxThreads?: number | null;
}

/** What is heard of a call before its answer is complete. */
export interface CallEvents {
  /** New text; only calls that are answered with text have it. */
  onText?(piece: TextPiece): void;
  /** A slice of the prompt was read. */
  onPrefill?(doneTokens: number, totalTokens: number): void;
  /** The answer breaks these keywords of its schema after a second attempt too. Comes before the text. */
  onUnenforced?(keywords: readonly string[]): void;
}

/** Times of a call outside of the child. */
export interface CallTimes {
  readonly queueMs: number;
  readonly loadMs: number;
}

/** An answer with the times outside of the child. */
export type CallOutcome<Call extends RunnerCall = TextCall> = ResultOf<Call> & CallTimes;
