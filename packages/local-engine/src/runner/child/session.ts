import { deriveCapabilities } from '../../gguf/capabilities.js';
import type { RunnerCall, RunnerResults, ToRunner } from '../protocol.js';
import type { AnswerOptions } from './answer-options.js';
import { createDecider } from './decide-answer.js';
import { createEmbedder } from './embed-answer.js';
import { RunnerFailure } from './failure.js';
import { createFormats } from './format.js';
import type { ChatWrapper, Llama, LlamaModel, LlamaModule } from './llama.js';
import { refuseOverlong } from './overlong-beginning.js';
import { createPrefill } from './prefill.js';
import { refuseLongTools, textOf, tokenizeChat } from './prompt.js';
import { createSlots } from './slots.js';
import { answerText } from './text-answer.js';
import { createThreadControl, type ThreadMeter } from './thread-control.js';
import { toFunctions } from './tools.js';
import { createTurns } from './turns.js';

/** What a session is opened with. */
export type SessionOptions = Omit<Extract<ToRunner, { type: 'load' }>, 'type' | 'runtimeDir'> & {
  readonly meter: ThreadMeter;
  readonly createId: () => string;
  onProgress(progress: number): void;
};

/** A loaded model with its slots, whose tokens stay after an answer: the prefix cache of later calls. */
export interface Session {
  readonly contextTokens: number;
  /** Memory of GPUs that the model took, bytes. */ readonly vramBytes: number;
  grantThreads(threads: number): void;
  /** Answers one call; at most as many at a time as there are slots. @throws RunnerFailure; the signal's reason */
  answer(call: RunnerCall, options: AnswerOptions): Promise<RunnerResults[keyof RunnerResults]>;
}

/** Starts the native library; without a GPU where no layer is to go there. */
export function startLlama({ getLlama }: LlamaModule, threads: number, gpuLayers: number | null): Promise<Llama> {
  return getLlama({
    ...{ gpu: gpuLayers === 0 ? false : 'auto', build: 'never', skipDownload: true },
    ...{ progressLogs: false, logLevel: 'error', maxThreads: threads },
  });
}

/** What is only counted may be longer than the context: whoever asks may want to load the model with another. */
const mostCountedTokens = 131_072;

/** Loads a model. */
export async function openSession(llamaModule: LlamaModule, llama: Llama, options: SessionOptions): Promise<Session> {
  const { threads: maxThreads, batchTokens, slots: count, gpuLayers, createId } = options;
  const usedVramBytes = async () => (llama.gpu === false ? 0 : (await llama.getVramState()).used);
  const vramBefore = await usedVramBytes();
  const model = await llama.loadModel({
    modelPath: options.modelPath,
    ...(gpuLayers !== null && { gpuLayers }),
    onLoadProgress: options.onProgress,
  });
  const capabilities = capabilitiesOf(model);
  const chatWrapper = chooseWrapper(llamaModule, model, capabilities);
  const contextSize = Math.min(options.contextTokens, model.trainContextSize);
  const context = capabilities.includes('completion')
    ? await model.createContext({ contextSize, sequences: count, batchSize: batchTokens, threads: maxThreads })
    : null; // a model of vectors has none
  const contextTokens = context?.contextSize ?? contextSize;
  const countedTokens = Math.max(contextTokens, Math.min(model.trainContextSize, mostCountedTokens));
  const threads = createThreadControl(llama, {
    ...{ granted: maxThreads, isFixed: options.areThreadsFixed, meter: options.meter },
  });
  const slots = createSlots(llamaModule, { context, count, chatWrapper });
  const text = {
    ...{ model, chatWrapper, capabilities, contextTokens, slots, threads, createId, now: options.meter.now },
    ...{ turns: createTurns(), prefill: createPrefill(options.meter.now), formats: createFormats(llama) },
  };
  const embedder = createEmbedder(model, { contextTokens, maxThreads, threads });
  const decider = createDecider(model, { chatWrapper, contextTokens, batchTokens, maxThreads, threads });
  return {
    contextTokens,
    vramBytes: Math.max(0, (await usedVramBytes()) - vramBefore),
    grantThreads: (granted) => threads.grant(Math.min(granted, maxThreads)),
    async answer(call, answerOptions) {
      switch (call.kind) {
        case 'chat':
        case 'raw':
          return answerText(call, answerOptions, text);
        case 'embed':
          return embedder.answer(call, answerOptions);
        case 'decide':
          if (context) return decider.answer(call, answerOptions);
          throw new RunnerFailure('not-capable', 'does not support decisions');
        case 'tokenize':
          refuseOverlong([call.text], countedTokens, model.tokenizer);
          return { tokens: tokenize(model, call) };
        case 'template': {
          refuseOverlong([textOf(call.messages)], countedTokens, model.tokenizer);
          refuseLongTools(call.tools, countedTokens);
          const tokens = tokenizeChat(call.messages, toFunctions(call.tools), model, chatWrapper);
          return { prompt: model.detokenize(tokens, true), tokens: tokens.length };
        }
      }
    },
  };
}

function capabilitiesOf({ fileInfo: { metadata } }: LlamaModel): string[] {
  const { architecture } = metadata.general;
  const pooling = (metadata[architecture] as { pooling_type?: unknown } | undefined)?.pooling_type;
  return deriveCapabilities({
    architecture,
    template: metadata.tokenizer?.chat_template ?? null,
    metadata: { [`${architecture}.pooling_type`]: pooling },
  });
}

/**
 * How conversations are written. The library first looks whether one of its own ways writes just the same, which takes it one to two
 * seconds; for a template without tools and thoughts nothing is gained by that.
 */
function chooseWrapper(
  { JinjaTemplateChatWrapper, resolveChatWrapper }: LlamaModule,
  model: LlamaModel,
  capabilities: readonly string[],
): ChatWrapper {
  const template = model.fileInfo.metadata.tokenizer?.chat_template;
  const isPlain = !capabilities.includes('tools') && !capabilities.includes('thinking');
  if (isPlain && template && template.trim() !== '') {
    try {
      return new JinjaTemplateChatWrapper({ template, tokenizer: model.tokenizer });
    } catch {
      // the library knows what else there is
    }
  }
  return resolveChatWrapper(model);
}

function tokenize(
  { tokenizer, tokens: { bos, shouldPrependBosToken } }: LlamaModel,
  call: { text: string; addSpecial: boolean },
) {
  const tokens = tokenizer(call.text, call.addSpecial);
  return call.addSpecial && shouldPrependBosToken && bos !== null ? [bos, ...tokens] : tokens;
}
