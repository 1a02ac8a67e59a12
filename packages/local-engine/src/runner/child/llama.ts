/*
 * The part of node-llama-cpp 3.22 that the child uses, stated by structure: the package is installed at the user's, not here.
 * A token is a number.
 */
import type { JsonObject } from '../protocol.js';

export interface LlamaModule {
  getLlama(options: {
    gpu: false | 'auto';
    build: 'never';
    skipDownload: true;
    progressLogs: false;
    logLevel: 'error';
    maxThreads: number;
  }): Promise<Llama>;
  LlamaChat: new (options: { contextSequence: LlamaSequence; chatWrapper: ChatWrapper }) => LlamaChat;
  LlamaCompletion: new (options: { contextSequence: LlamaSequence }) => LlamaCompletion;
  JinjaTemplateChatWrapper: new (options: { template: string; tokenizer: Tokenizer }) => ChatWrapper;
  resolveChatWrapper(model: LlamaModel): ChatWrapper;
}

/** What tells which binaries would run, without loading them. */
export interface LlamaExaminer {
  getLlama(options: {
    gpu: 'auto';
    build: 'never';
    skipDownload: true;
    progressLogs: false;
    logLevel: 'error';
    dryRun: true;
  }): Promise<{ readonly gpu: string | false }>;
  getLlamaGpuTypes(include: 'supported'): Promise<readonly (string | false)[]>;
  getModuleVersion(): Promise<string>;
}

export interface Llama {
  readonly gpu: string | false;
  maxThreads: number;
  getVramState(): Promise<{
    readonly total: number;
    readonly used: number;
    readonly free: number;
    /** Part of the total that is the machine's own memory. */ readonly unifiedSize: number;
  }>;
  loadModel(options: {
    modelPath: string;
    gpuLayers?: number;
    onLoadProgress?: (progress: number) => void;
  }): Promise<LlamaModel>;
  createGrammarForJsonSchema(schema: JsonObject): Promise<LlamaGrammar>;
  createGrammar(options: {
    grammar: string;
    stopGenerationTriggers: LlamaGrammar['stopGenerationTriggers'];
    trimWhitespaceSuffix: boolean;
  }): Promise<LlamaGrammar>;
  getGrammarFor(type: 'json'): Promise<LlamaGrammar>;
}

export interface LlamaGrammar {
  /** In GBNF. */ readonly grammar: string;
  readonly stopGenerationTriggers: readonly unknown[];
}

export type Tokenizer = (text: string, specialTokens?: boolean) => number[];

export interface LlamaModel {
  readonly trainContextSize: number;
  readonly fileInfo: {
    readonly metadata: {
      readonly general: { readonly architecture: string };
      readonly tokenizer?: { readonly chat_template?: string };
      readonly [section: string]: unknown;
    };
  };
  readonly tokens: { readonly bos: number | null; readonly shouldPrependBosToken: boolean };
  readonly tokenizer: Tokenizer;
  detokenize(tokens: number[], specialTokens?: boolean): string;
  createContext(options: {
    contextSize: number;
    sequences: number;
    batchSize: number;
    threads: number;
  }): Promise<LlamaContext>;
  createEmbeddingContext(options: { contextSize: number; threads: number }): Promise<LlamaEmbeddingContext>;
  createDecisionContext(options: {
    contextSize: number;
    batchSize: number;
    threads: number;
    parallelQuestions: number;
    chatWrapper: ChatWrapper;
  }): Promise<LlamaDecisionContext>;
}

export interface LlamaContext {
  readonly contextSize: number;
  getSequence(): LlamaSequence;
}

/** The library's own scale; 5 is the most urgent. */
export type EvaluationPriority = 1 | 2 | 3 | 4 | 5;

export interface LlamaSequence {
  readonly nextTokenIndex: number;
  readonly contextTokens: readonly number[];
  readonly tokenMeter: {
    getState(): unknown;
    diff(before: unknown): { readonly usedInputTokens: number; readonly usedOutputTokens: number };
  };
  adaptStateToTokens(tokens: number[], allowShift: boolean): Promise<void>;
  evaluateWithoutGeneratingNewTokens(
    tokens: number[],
    options: { evaluationPriority: EvaluationPriority },
  ): Promise<void>;
}

export interface FunctionCallItem {
  type: 'functionCall';
  name: string;
  params: unknown;
  result: unknown;
  startsNewChunk?: boolean;
}

export type ChatHistoryItem =
  | { type: 'system'; text: string }
  | { type: 'user'; text: string }
  | { type: 'model'; response: (string | FunctionCallItem)[] };

export type ChatFunctions = Readonly<Record<string, { readonly description?: string; readonly params?: JsonObject }>>;

export interface ChatWrapper {
  generateContextState(options: { chatHistory: readonly ChatHistoryItem[]; availableFunctions?: ChatFunctions }): {
    contextText: { tokenize(tokenizer: Tokenizer): number[] };
  };
}

export interface GenerateOptions {
  signal: AbortSignal;
  evaluationPriority: EvaluationPriority;
  maxTokens: number;
  temperature: number;
  topK: number;
  topP: number;
  minP: number;
  seed?: number;
  repeatPenalty: false | { lastTokens: number; penalty: number; frequencyPenalty?: number; presencePenalty?: number };
  customStopTriggers?: readonly string[];
  grammar?: LlamaGrammar;
}

export interface ResponseChunk {
  /** `segment` is thinking; the answer has no type. */ readonly type: 'segment' | undefined;
  readonly text: string;
  readonly tokens: readonly number[];
}

export interface LlamaChat {
  generateResponse(
    history: ChatHistoryItem[],
    options: GenerateOptions & {
      contextShift: { size: number };
      budgets?: { thoughtTokens: number };
      functions?: ChatFunctions;
      maxParallelFunctionCalls?: number;
      onResponseChunk(chunk: ResponseChunk): void;
      onFunctionCallParamsChunk?(): void;
    },
  ): Promise<{
    readonly metadata: { readonly stopReason: string };
    readonly functionCalls?: readonly { readonly functionName: string; readonly params: unknown }[];
  }>;
}

export interface LlamaCompletion {
  generateCompletionWithMeta(
    input: number[],
    options: GenerateOptions & {
      contextShiftSize: number;
      onTextChunk(text: string): void;
      onToken(tokens: number[]): void;
    },
  ): Promise<{ readonly metadata: { readonly stopReason: string } }>;
}

export interface LlamaEmbeddingContext {
  calculateInputLength(input: number[]): number;
  getEmbeddingFor(input: number[]): Promise<{ readonly vector: readonly number[] }>;
}

export type LibraryQuestion =
  | { type: 'noul'; instruction: string; criteria?: { true: string; false: string } }
  | { type: 'choice'; instruction: string; criteria: Readonly<Record<string, string | null>> }
  | { type: 'score'; instruction: string; criteria: readonly string[] };

export type LibraryAnswer =
  | { type: 'noul'; value: number }
  | { type: 'choice'; choice: string; probabilities: Readonly<Record<string, number>> }
  | { type: 'score'; score: number; probabilities: readonly number[] };

export interface LlamaDecisionContext {
  decideWithMeta(
    document: string,
    questions: Readonly<Record<string, LibraryQuestion>>,
    options: { signal: AbortSignal; evaluationPriority: EvaluationPriority },
  ): Promise<{
    readonly answers: Readonly<Record<string, LibraryAnswer>>;
    readonly tokenUsage: { readonly input: number; readonly output: number };
  }>;
}
