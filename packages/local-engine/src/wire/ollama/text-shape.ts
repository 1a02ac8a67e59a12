import type { ToolRequest } from '../../runner/protocol.js';
import { type TextEnd, type TextShape, timings } from '../text-shape.js';

/** Text, thinking and calls of tools as they stand in an object of one route. */
type Placement = (text: string, thinking: string, toolCalls: readonly ToolRequest[]) => Record<string, unknown>;

/** What the objects of one answer share. */
export interface OllamaHead {
  readonly route: 'chat' | 'generate';
  /** The model as the caller wrote it. */ readonly model: string;
  /** The present instant, epoch ms. */ readonly now: () => number;
}

const placements: Readonly<Record<OllamaHead['route'], Placement>> = {
  chat: (content, thinking, toolCalls) => ({
    message: {
      role: 'assistant',
      content,
      ...(thinking !== '' && { thinking }),
      ...(toolCalls.length > 0 && { tool_calls: toolCalls.map(toolCall) }),
    },
  }),
  generate: (response, thinking) => ({ response, ...(thinking !== '' && { thinking }) }),
};

function toolCall({ id, name, arguments: given }: ToolRequest, index: number): object {
  return { id, function: { index, name, arguments: given } };
}

/**
 * Answers of `/api/chat` and `/api/generate`. Unlike Ollama's, each piece has the counts so far, so that an answer that is broken
 * off is counted as well. Durations are nanoseconds, those of `timings` ms.
 */
export function ollamaText(head: OllamaHead): TextShape {
  const place = placements[head.route];
  const final = (text: string, thinking: string, end: TextEnd) => ({
    ...opening(head),
    ...place(text, thinking, end.outcome.toolCalls),
    done: true,
    done_reason: end.outcome.reason,
    ...metrics(end),
  });
  return {
    begin: () => [],
    delta: ({ text, isThinking, inputTokens, outputTokens }) => ({
      ...opening(head),
      ...(isThinking ? place('', text, []) : place(text, '', [])),
      done: false,
      prompt_eval_count: inputTokens,
      eval_count: outputTokens,
    }),
    end: (end) => [final('', '', end)],
    document: ({ text, thinking }, end) => final(text, thinking, end),
  };
}

/** Answer to a call without a prompt, which loads or unloads. */
export function residencyAnswer(head: OllamaHead, reason: 'load' | 'unload'): object {
  return { ...opening(head), ...placements[head.route]('', '', []), done: true, done_reason: reason };
}

const opening = ({ model, now }: OllamaHead) => ({ model, created_at: new Date(now()).toISOString() });

function metrics(end: TextEnd): object {
  const { outcome, totalMs } = end;
  const { loadMs, promptMs, outputMs, queueMs } = outcome;
  return {
    // The parts are measured by other clocks than the whole; the whole is never less than they are.
    total_duration: nanoseconds(Math.max(totalMs, loadMs + queueMs + promptMs + outputMs)),
    load_duration: nanoseconds(loadMs),
    prompt_eval_count: outcome.cachedTokens + outcome.promptTokens,
    prompt_eval_duration: nanoseconds(promptMs),
    eval_count: outcome.outputTokens,
    eval_duration: nanoseconds(outputMs),
    timings: timings(end),
  };
}

/** Milliseconds as whole nanoseconds. */
export function nanoseconds(ms: number): number {
  return Math.round(ms * 1e6);
}
