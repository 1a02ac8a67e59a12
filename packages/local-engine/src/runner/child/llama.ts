/*
 * The part of node-llama-cpp 3.22 that the child uses, stated by structure: the package is installed at the user's, not here.
 * A token is a number.
 */

export interface LlamaModule {
  getLlama(options: {
    gpu: false | 'auto';
    build: 'never';
    skipDownload: true;
    progressLogs: false;
    logLevel: 'error';
    maxThreads: number;
  }): Promise<Llama>;
  LlamaChat: new (options: { contextSequence: LlamaSequence }) => LlamaChat;
  LlamaCompletion: new (options: { contextSequence: LlamaSequence }) => LlamaCompletion;
}

export interface Llama {
  maxThreads: number;
  loadModel(options: { modelPath: string; onLoadProgress?: (progress: number) => void }): Promise<LlamaModel>;
}

export interface LlamaModel {
  readonly trainContextSize: number;
  readonly tokens: { readonly bos: number | null; readonly shouldPrependBosToken: boolean };
  readonly tokenizer: (text: string, specialTokens?: boolean) => number[];
  createContext(options: {
    contextSize: number;
    sequences: number;
    batchSize: number;
    threads: number;
  }): Promise<LlamaContext>;
}

export interface LlamaContext {
  readonly contextSize: number;
  getSequence(): LlamaSequence;
}

export interface LlamaSequence {
  readonly nextTokenIndex: number;
  readonly tokenMeter: {
    getState(): unknown;
    diff(before: unknown): { readonly usedInputTokens: number; readonly usedOutputTokens: number };
  };
  adaptStateToTokens(tokens: number[], allowShift: boolean): Promise<void>;
  evaluateWithoutGeneratingNewTokens(tokens: number[]): Promise<void>;
}

export type ChatHistoryItem =
  | { type: 'system'; text: string }
  | { type: 'user'; text: string }
  | { type: 'model'; response: string[] };

export interface GenerateOptions {
  signal: AbortSignal;
  maxTokens: number;
  temperature: number;
  topK: number;
  topP: number;
  minP: number;
  seed?: number;
  repeatPenalty: false | { lastTokens: number; penalty: number };
  customStopTriggers?: readonly string[];
  onTextChunk: (text: string) => void;
  onToken: (tokens: number[]) => void;
}

interface Generated {
  readonly metadata: { readonly stopReason: string };
}

export interface LlamaChat {
  readonly chatWrapper: {
    generateContextState(options: { chatHistory: readonly ChatHistoryItem[] }): {
      contextText: { tokenize(tokenizer: LlamaModel['tokenizer']): number[] };
    };
  };
  generateResponse(
    history: ChatHistoryItem[],
    options: GenerateOptions & { contextShift: { size: number } },
  ): Promise<Generated>;
}

export interface LlamaCompletion {
  generateCompletionWithMeta(
    input: number[],
    options: GenerateOptions & { contextShiftSize: number },
  ): Promise<Generated>;
}
