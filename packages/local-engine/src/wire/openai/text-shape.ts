import type { TextPiece, ToolRequest } from '../../runner/protocol.js';
import { type TextEnd, type TextShape, timings } from '../text-shape.js';

/** What the objects of one answer share. */
export interface OpenaiHead {
  readonly id: string;
  /** The model as the caller wrote it. */ readonly model: string;
  /** Epoch ms. */ readonly createdAtMs: number;
  /** Whether a stream ends with a chunk of counts. */ readonly includesUsage: boolean;
}

type Finish = 'stop' | 'length' | 'tool_calls';

/** Answers of `/v1/chat/completions`. */
export function openaiChat(head: OpenaiHead): TextShape {
  const chunk = chunksOf(head, 'chat.completion.chunk');
  const delta = (content: object, finish: Finish | null = null, more: object = {}) =>
    chunk([{ index: 0, delta: content, finish_reason: finish }], more);
  return {
    begin: () => [delta({ role: 'assistant', content: '' })],
    delta: ({ text, isThinking }: TextPiece) => delta(isThinking ? { reasoning_content: text } : { content: text }),
    end(end) {
      const calls = toolCalls(end.outcome.toolCalls).map((call, index) => ({ index, ...call }));
      return [
        ...(calls.length > 0 ? [delta({ tool_calls: calls })] : []),
        delta({}, finishOf(end), { timings: timings(end) }),
        ...usageChunk(head, chunk, end),
      ];
    },
    document({ text, thinking }, end) {
      const calls = toolCalls(end.outcome.toolCalls);
      const message = {
        role: 'assistant',
        content: text === '' && calls.length > 0 ? null : text,
        ...(thinking !== '' && { reasoning_content: thinking }),
        ...(calls.length > 0 && { tool_calls: calls }),
      };
      const choice = { index: 0, message, logprobs: null, finish_reason: finishOf(end) };
      return documentOf(head, 'chat.completion', choice, end);
    },
  };
}

/** Answers of `/v1/completions`; thinking is no part of them. */
export function openaiCompletion(head: OpenaiHead): TextShape {
  const chunk = chunksOf(head, 'text_completion');
  const choice = (text: string, finish: Finish | null) => ({ index: 0, text, logprobs: null, finish_reason: finish });
  return {
    begin: () => [],
    delta: ({ text, isThinking }) => chunk([choice(isThinking ? '' : text, null)]),
    end: (end) => [chunk([choice('', finishOf(end))], { timings: timings(end) }), ...usageChunk(head, chunk, end)],
    document: ({ text }, end) => documentOf(head, 'text_completion', choice(text, finishOf(end)), end),
  };
}

/** Token counts. */
export function usageOf({ outcome }: TextEnd): object {
  const promptTokens = outcome.cachedTokens + outcome.promptTokens;
  return {
    prompt_tokens: promptTokens,
    completion_tokens: outcome.outputTokens,
    total_tokens: promptTokens + outcome.outputTokens,
    prompt_tokens_details: { cached_tokens: outcome.cachedTokens },
  };
}

type Chunk = (choices: readonly object[], more?: object) => object;

const opening = ({ id, model, createdAtMs }: OpenaiHead, object: string) => ({
  ...{ id, object, created: Math.floor(createdAtMs / 1_000), model, system_fingerprint: 'fp_tale-local-engine' },
});

function chunksOf(head: OpenaiHead, object: string): Chunk {
  return (choices, more = {}) => ({
    ...opening(head, object),
    choices,
    ...(head.includesUsage && { usage: null }),
    ...more,
  });
}

function usageChunk({ includesUsage }: OpenaiHead, chunk: Chunk, end: TextEnd): object[] {
  return includesUsage ? [chunk([], { usage: usageOf(end) })] : [];
}

function documentOf(head: OpenaiHead, object: string, choice: object, end: TextEnd): object {
  return { ...opening(head, object), choices: [choice], usage: usageOf(end), timings: timings(end) };
}

function finishOf({ outcome }: TextEnd): Finish {
  return outcome.toolCalls.length > 0 ? 'tool_calls' : outcome.reason;
}

function toolCalls(calls: readonly ToolRequest[]) {
  return calls.map(({ id, name, arguments: given }) => ({
    id,
    type: 'function',
    function: { name, arguments: JSON.stringify(given) },
  }));
}
