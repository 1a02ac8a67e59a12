import type { CallResult, ChatMessage, RunnerCall, TextPiece } from '../protocol.js';
import { fitMessages, toHistory } from './conversation.js';
import { RunnerFailure } from './failure.js';
import type { GenerateOptions, LlamaModule } from './llama.js';
import { createPrefill } from './prefill.js';

/** What a session is opened with. */
export interface SessionOptions {
  readonly modelPath: string;
  readonly contextTokens: number;
  readonly threads: number;
  onProgress(progress: number): void;
}

/** A loaded model with one sequence, whose tokens stay after an answer: the prefix cache of the next call. */
export interface Session {
  readonly contextTokens: number;
  setThreads(threads: number): void;
  /**
   * Answers one call; calls must not overlap. An abort is seen after the running slice or token.
   *
   * @throws RunnerFailure `context-exceeded`; the signal's reason
   */
  answer(
    call: RunnerCall,
    options: {
      signal: AbortSignal;
      onText(piece: TextPiece): void;
      onPrefill(doneTokens: number, totalTokens: number): void;
    },
  ): Promise<CallResult>;
}

const batchTokens = 128; // on a CPU: less memory than 512, the same speed

/** Loads a model. Without a GPU: its binaries are not part of the installed runtime. */
export async function openSession(llamaModule: LlamaModule, options: SessionOptions): Promise<Session> {
  const llama = await llamaModule.getLlama({
    gpu: false,
    build: 'never',
    skipDownload: true,
    progressLogs: false,
    logLevel: 'error',
    maxThreads: options.threads,
  });
  const model = await llama.loadModel({ modelPath: options.modelPath, onLoadProgress: options.onProgress });
  const context = await model.createContext({
    contextSize: Math.min(options.contextTokens, model.trainContextSize),
    sequences: 1,
    batchSize: batchTokens,
    threads: options.threads,
  });
  const sequence = context.getSequence();
  const chat = new llamaModule.LlamaChat({ contextSequence: sequence });
  const completion = new llamaModule.LlamaCompletion({ contextSequence: sequence });
  const prefill = createPrefill();
  const limitTokens = context.contextSize - 2; // one token to answer with, one of the library's own

  const tokenizeChat = (messages: readonly ChatMessage[]) =>
    chat.chatWrapper.generateContextState({ chatHistory: toHistory(messages) }).contextText.tokenize(model.tokenizer);

  const prepare = (call: RunnerCall) => {
    if (call.kind === 'raw') {
      const input = model.tokenizer(call.prompt, true);
      const { bos, shouldPrependBosToken } = model.tokens;
      // The library prepends the same token itself.
      return { history: null, input, tokens: shouldPrependBosToken && bos !== null ? [bos, ...input] : input };
    }
    const fitting = call.truncate
      ? fitMessages(call.messages, limitTokens, (messages) => tokenizeChat(messages).length)
      : call.messages;
    const messages = fitting ?? call.messages;
    return { history: toHistory(messages), input: [], tokens: tokenizeChat(messages) };
  };

  return {
    contextTokens: context.contextSize,
    setThreads(threads) {
      llama.maxThreads = threads;
    },
    async answer(call, { signal, onText, onPrefill }) {
      const startMs = performance.now();
      const { history, input, tokens } = prepare(call);
      if (tokens.length > limitTokens) {
        throw new RunnerFailure(
          'context-exceeded',
          `the input length exceeds the context length (${tokens.length} of ${limitTokens} tokens)`,
        );
      }
      const before = sequence.tokenMeter.getState();
      const cachedTokens = await prefill.run(sequence, tokens, {
        signal,
        onSlice: (doneTokens) => onPrefill(doneTokens, tokens.length),
      });
      let firstTokenMs = 0;
      const generation: GenerateOptions = {
        signal,
        // The context is never shifted: an answer ends where the context does.
        maxTokens: Math.max(
          1,
          Math.min(call.maxTokens ?? Number.POSITIVE_INFINITY, context.contextSize - 1 - tokens.length),
        ),
        temperature: call.sampling.temperature,
        topK: call.sampling.topK,
        topP: call.sampling.topP,
        minP: call.sampling.minP,
        ...(call.sampling.seed !== null && { seed: call.sampling.seed }),
        repeatPenalty:
          call.sampling.repeatPenalty !== 1 && call.sampling.repeatLastTokens > 0
            ? { lastTokens: call.sampling.repeatLastTokens, penalty: call.sampling.repeatPenalty }
            : false,
        ...(call.sampling.stop.length > 0 && { customStopTriggers: call.sampling.stop }),
        onTextChunk: (text) =>
          onText({ text, inputTokens: tokens.length, outputTokens: sequence.tokenMeter.diff(before).usedOutputTokens }),
        onToken: () => {
          firstTokenMs ||= performance.now();
        },
      };
      const generated = history
        ? await chat.generateResponse(history, { ...generation, contextShift: { size: 1 } })
        : await completion.generateCompletionWithMeta(input, { ...generation, contextShiftSize: 1 });
      const endMs = performance.now();
      firstTokenMs ||= endMs;
      return {
        reason: generated.metadata.stopReason === 'maxTokens' ? 'length' : 'stop',
        cachedTokens,
        promptTokens: tokens.length - cachedTokens,
        outputTokens: sequence.tokenMeter.diff(before).usedOutputTokens,
        promptMs: firstTokenMs - startMs,
        outputMs: endMs - firstTokenMs,
      };
    },
  };
}
