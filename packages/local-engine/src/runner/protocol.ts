/** One message of a conversation. */
export interface ChatMessage {
  /** Who speaks. */ readonly role: 'system' | 'user' | 'assistant' | 'tool';
  /** What is said. */ readonly content: string;
}

/** How the next token is drawn. */
export interface Sampling {
  /** 0 always takes the likeliest token. */ readonly temperature: number;
  /** Only the k likeliest; 0 = all. */ readonly topK: number;
  /** Only the likeliest that together reach this probability; 1 = all. */ readonly topP: number;
  /** Only those with at least this share of the likeliest's probability; 0 = all. */ readonly minP: number;
  /** Repeats the same draw; `null` = another one each time. */ readonly seed: number | null;
  /** Texts that end the answer; they are not part of it. */ readonly stop: readonly string[];
  /** Weakens tokens that were used lately; 1 = off. */ readonly repeatPenalty: number;
  /** How many tokens "lately" is. */ readonly repeatLastTokens: number;
}

/** What a child is asked to answer. */
export type RunnerCall = {
  /** How tokens are drawn. */ readonly sampling: Sampling;
  /** Most tokens of the answer; `null` = what the context leaves, at most ten contexts. */
  readonly maxTokens: number | null;
} & (
  | {
      /** A conversation in the model's own template. */ readonly kind: 'chat';
      /** All messages, oldest first. */ readonly messages: readonly ChatMessage[];
      /** Whether the oldest messages may be dropped to fit the context. */ readonly truncate: boolean;
    }
  | {
      /** The text as it stands, without a template. */ readonly kind: 'raw';
      /** The text to go on with. */ readonly prompt: string;
    }
);

/** Counts and times of an answer. */
export interface CallResult {
  /** Why it ended. */ readonly reason: 'stop' | 'length';
  /** Prompt tokens that were found in the cache. */ readonly cachedTokens: number;
  /** Prompt tokens that were evaluated. */ readonly promptTokens: number;
  /** Tokens that were generated. */ readonly outputTokens: number;
  /** Time of the prompt, ms. */ readonly promptMs: number;
  /** Time of the answer after its first token, ms. */ readonly outputMs: number;
}

/** Facts of a GGUF file's header. */
export interface GgufFacts {
  /** `general.architecture`. */ readonly architecture: string;
  /** Number of parameters, such as `494.03M`. */ readonly parameters: string;
  /** Name of the quantisation, such as `Q4_K_M`. */ readonly quantization: string;
  /** Layers. */ readonly blocks: number;
  /** Key and value heads per layer. */ readonly kvHeads: number;
  /** Values per head. */ readonly headDim: number;
  /** Width of the model. */ readonly embedding: number;
  /** Number of different tokens. */ readonly vocabulary: number;
  /** Context that the model was trained for, tokens. */ readonly contextTokens: number;
  /** The chat template, `null` when the file has none. */ readonly template: string | null;
  /** All scalar metadata; arrays are `null`. */
  readonly metadata: Readonly<Record<string, string | number | boolean | null>>;
}

/** Parent → child. */
export type ToRunner =
  | {
      /** Load the model. */ readonly type: 'load';
      /** The GGUF file. */ readonly modelPath: string;
      /** Where the runtime was installed. */ readonly runtimeDir: string;
      /** Context to allocate, tokens. */ readonly contextTokens: number;
      /** Threads to begin with. */ readonly threads: number;
    }
  | {
      /** Answer; one call at a time. */ readonly type: 'call';
      /** Names the call. */ readonly id: number;
      /** The question. */ readonly call: RunnerCall;
    }
  | {
      /** Stop answering. */ readonly type: 'abort';
      /** The call. */ readonly id: number;
    }
  | {
      /** Use so many threads from the next token on. */ readonly type: 'threads';
      /** How many. */ readonly threads: number;
    }
  | {
      /** Are you alive? */ readonly type: 'ping';
    }
  | {
      /** Read the header of a GGUF file. */ readonly type: 'inspect';
      /** The file. */ readonly path: string;
    };

/** New text of an answer, with the counts up to it: who ends the call early knows what it took. */
export interface TextPiece {
  /** The text. */ readonly text: string;
  /** Tokens of the prompt, cached ones included. */ readonly inputTokens: number;
  /** Tokens written so far. */ readonly outputTokens: number;
}

/** Codes of failures inside a child. */
export type RunnerFailureCode =
  | 'aborted'
  | 'context-exceeded'
  | 'invalid-gguf'
  | 'load-failed'
  | 'runtime-missing'
  | 'internal';

/** Child → parent. */
export type FromRunner =
  | {
      /** Loading. */ readonly type: 'progress';
      /** 0 to 1. */ readonly progress: number;
    }
  | {
      /** The model is loaded. */ readonly type: 'ready';
      /** Allocated context, tokens. */ readonly contextTokens: number;
      /** Resident size of the child. */ readonly residentBytes: number;
    }
  | {
      /** A slice of the prompt was read. */ readonly type: 'prefill';
      /** The call. */ readonly id: number;
      /** Tokens read. */ readonly doneTokens: number;
      /** Tokens of the prompt. */ readonly totalTokens: number;
    }
  | ({
      /** Text of the answer. */ readonly type: 'delta';
      /** The call. */ readonly id: number;
    } & TextPiece)
  | {
      /** The answer is complete. */ readonly type: 'done';
      /** The call. */ readonly id: number;
      /** Its counts. */ readonly result: CallResult;
    }
  | {
      /** Alive. */ readonly type: 'pong';
      /** Resident size of the child. */ readonly residentBytes: number;
    }
  | {
      /** The header was read. */ readonly type: 'inspected';
      /** Its facts. */ readonly facts: GgufFacts;
    }
  | {
      /** Something failed. */ readonly type: 'failure';
      /** The call, `null` when it was no call. */ readonly id: number | null;
      /** Which failure. */ readonly code: RunnerFailureCode;
      /** For people. */ readonly message: string;
    };
