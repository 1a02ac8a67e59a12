import type { CallOutcome } from '../runner/model-runner.js';
import type { TextPiece } from '../runner/protocol.js';

/** How text stands in an object of `/api/chat` or `/api/generate`. */
export type TextShape = (text: string) => Record<string, unknown>;

/** Text in `/api/chat`. */
export const chatText: TextShape = (content) => ({ message: { role: 'assistant', content } });

/** Text in `/api/generate`. */
export const generateText: TextShape = (response) => ({ response });

/** What all objects of one answer share. */
export interface AnswerHead {
  readonly model: string;
  readonly shape: TextShape;
}

/** One piece of an answer. Unlike Ollama's it has the counts so far, so that an answer that is broken off is counted as well. */
export function deltaLine({ model, shape }: AnswerHead, piece: TextPiece, nowMs: number): object {
  return {
    model,
    created_at: new Date(nowMs).toISOString(),
    ...shape(piece.text),
    done: false,
    prompt_eval_count: piece.inputTokens,
    eval_count: piece.outputTokens,
  };
}

/** The end of an answer. Durations are nanoseconds, those of `timings` ms. */
export function finalLine(
  { model, shape }: AnswerHead,
  text: string,
  outcome: CallOutcome,
  totalMs: number,
  nowMs: number,
): object {
  return {
    model,
    created_at: new Date(nowMs).toISOString(),
    ...shape(text),
    done: true,
    done_reason: outcome.reason,
    total_duration: nanoseconds(totalMs),
    load_duration: nanoseconds(outcome.loadMs),
    prompt_eval_count: outcome.cachedTokens + outcome.promptTokens,
    prompt_eval_duration: nanoseconds(outcome.promptMs),
    eval_count: outcome.outputTokens,
    eval_duration: nanoseconds(outcome.outputMs),
    timings: {
      cache_n: outcome.cachedTokens,
      prompt_n: outcome.promptTokens,
      prompt_ms: milliseconds(outcome.promptMs),
      predicted_n: outcome.outputTokens,
      predicted_ms: milliseconds(outcome.outputMs),
      queue_ms: milliseconds(outcome.queueMs),
    },
  };
}

/** Answer to a call without a prompt, which loads or unloads. */
export function residencyLine({ model, shape }: AnswerHead, reason: 'load' | 'unload', nowMs: number): object {
  return { model, created_at: new Date(nowMs).toISOString(), ...shape(''), done: true, done_reason: reason };
}

const nanoseconds = (ms: number) => Math.round(ms * 1e6);
const milliseconds = (ms: number) => Math.round(ms * 1e3) / 1e3;
