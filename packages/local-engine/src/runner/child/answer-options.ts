import type { TextPiece } from '../protocol.js';

/** What every call is answered with. */
export interface AnswerOptions {
  /** Seen after the running slice or token. */ readonly signal: AbortSignal;
  /** 0 to 9, 9 is the most urgent. */ readonly priority: number;
  /** Most threads; `null` = what the child has. */ readonly maxThreads: number | null;
  onText(piece: TextPiece): void;
  onPrefill(doneTokens: number, totalTokens: number): void;
  /** The answer breaks these keywords of its schema; before its text. */
  onUnenforced(keywords: readonly string[]): void;
  /** A sign of life while nothing can be shown. */
  onWork(): void;
}

/** The library's scale of five for a priority of 0 to 9. */
export function toEvaluationPriority(priority: number): 1 | 2 | 3 | 4 | 5 {
  return (1 + Math.min(4, Math.max(0, Math.floor(priority / 2)))) as 1 | 2 | 3 | 4 | 5;
}
