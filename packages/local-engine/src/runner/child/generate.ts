import type { CallResult, TextCall } from '../protocol.js';
import type { PreparedFormat } from './format.js';
import type { ChatFunctions, ChatHistoryItem, EvaluationPriority, GenerateOptions } from './llama.js';
import { createPieceStream } from './piece-stream.js';
import type { Slot } from './slots.js';
import { mostParallelCalls, toToolRequests } from './tools.js';

/** A prompt, ready to be read. */
export interface Prompt {
  /** `null` = raw text. */ readonly history: ChatHistoryItem[] | null;
  /** The tokens of raw text, as the library takes them. */ readonly input: number[];
  /** All tokens, as they stand in the context. */ readonly tokens: number[];
  readonly functions: ChatFunctions | null;
}

/** What an answer is written with. */
export interface Writing {
  readonly slot: Slot;
  readonly format: PreparedFormat | null;
  readonly signal: AbortSignal;
  readonly evaluationPriority: EvaluationPriority;
  readonly contextTokens: number;
  readonly createId: () => string;
  /** Elapsing ms. */ readonly now: () => number;
  onPiece(text: string, isThinking: boolean): void;
  /** Tokens were written, shown or not. */
  onTokens(count: number): void;
  /** Arguments of a function are being written. */
  onWork(): void;
}

/** What was written. */
export interface Written {
  readonly reason: CallResult['reason'];
  readonly toolCalls: CallResult['toolCalls'];
  /** When the first token was there, `null` = none was. */ readonly firstTokenMs: number | null;
}

/** What a call of a function adds to the context beyond what the model writes. */
const functionRoomTokens = 64;

/** Writes the answer to a prompt that the slot has read. */
export async function generate(call: TextCall, prompt: Prompt, writing: Writing): Promise<Written> {
  const { chat, completion } = writing.slot;
  let firstTokenMs: number | null = null;
  const onTokens = (count: number) => {
    firstTokenMs ??= writing.now();
    writing.onTokens(count);
  };
  const stream = createPieceStream(writing.onPiece);
  const generation = toGenerateOptions(call, prompt, writing);
  const reasonOf = (stopReason: string) => (stopReason === 'maxTokens' ? 'length' : 'stop');
  if (!prompt.history || call.kind === 'raw') {
    const { metadata } = await completion.generateCompletionWithMeta(prompt.input, {
      ...generation,
      contextShiftSize: 1,
      onToken: (tokens) => onTokens(tokens.length),
      onTextChunk: (text) => stream.add(text, false),
    });
    return { reason: reasonOf(metadata.stopReason), toolCalls: [], firstTokenMs };
  }
  // A grammar holds for thoughts as well: an answer with a shape is made without them.
  const thinks = call.format ? false : call.think;
  const { metadata, functionCalls } = await chat.generateResponse(prompt.history, {
    ...generation,
    contextShift: { size: 1 },
    ...(thinks !== null && { budgets: { thoughtTokens: thinks ? Number.POSITIVE_INFINITY : 0 } }),
    ...(prompt.functions && { functions: prompt.functions, maxParallelFunctionCalls: mostParallelCalls }),
    onResponseChunk({ type, text, tokens }) {
      if (tokens.length > 0) onTokens(tokens.length);
      stream.add(text, type === 'segment');
    },
    onFunctionCallParamsChunk() {
      onTokens(1);
      writing.onWork();
    },
  });
  return {
    reason: reasonOf(metadata.stopReason),
    toolCalls: toToolRequests(functionCalls, writing.createId),
    firstTokenMs,
  };
}

/** The context is never shifted: an answer ends where the context does. */
function toGenerateOptions(call: TextCall, { tokens, functions }: Prompt, writing: Writing): GenerateOptions {
  const { sampling, maxTokens } = call;
  const { temperature, topK, topP, minP, seed, stop } = sampling;
  const { signal, evaluationPriority, format, contextTokens } = writing;
  const roomTokens = contextTokens - 1 - tokens.length - (functions ? functionRoomTokens : 0);
  const { presencePenalty: presence, frequencyPenalty: frequency } = sampling;
  const isPenalised = sampling.repeatPenalty !== 1 || presence !== 0 || frequency !== 0;
  return {
    ...{ signal, evaluationPriority, temperature, topK, topP, minP },
    maxTokens: Math.max(1, Math.min(maxTokens ?? Number.POSITIVE_INFINITY, roomTokens)),
    ...(seed !== null && { seed }),
    repeatPenalty: isPenalised &&
      sampling.repeatLastTokens > 0 && {
        lastTokens: sampling.repeatLastTokens,
        penalty: sampling.repeatPenalty,
        ...(presence !== 0 && { presencePenalty: presence }),
        ...(frequency !== 0 && { frequencyPenalty: frequency }),
      },
    ...(stop.length > 0 && { customStopTriggers: stop }),
    ...(format && { grammar: format.grammar }),
  };
}
