/** An object as JSON carries it. */
export interface JsonObject {
  readonly [key: string]: unknown;
}

/** A function that the model may ask for. */
export interface ToolFunction {
  /** Its name. */ readonly name: string;
  /** What it does, for the model; empty = not said. */ readonly description: string;
  /** JSON schema of its arguments. */ readonly parameters: JsonObject;
}

/** A call that the model asks for. */
export interface ToolRequest {
  /** Joins it with the message that answers it. */ readonly id: string;
  /** Name of the function. */ readonly name: string;
  /** Its arguments. */ readonly arguments: JsonObject;
}

/** One message of a conversation. */
export interface ChatMessage {
  /** Who speaks. */ readonly role: 'system' | 'user' | 'assistant' | 'tool';
  /** What is said. */ readonly content: string;
  /** Calls that the assistant asked for. */ readonly toolCalls?: readonly ToolRequest[];
  /** Which call a message of a tool answers; without it, the oldest one that is open. */ readonly toolCallId?: string;
  /** Name of the function that answers. */ readonly toolName?: string;
}

/** Shape of an answer: any JSON value, or what a schema allows. */
export type AnswerFormat =
  | {
      /** Any JSON object or array. */ readonly kind: 'json';
    }
  | {
      /** Only what the schema allows. */ readonly kind: 'schema';
      /** The schema as the caller states it. */ readonly schema: JsonObject;
    };

/** A question with a closed set of answers, as `POST /v1/systemone` asks it. */
export type Question =
  | {
      /** Yes or no. */ readonly type: 'noul';
      /** What is asked. */ readonly instructions: string;
      /** What each answer means. */ readonly criteria: {
        /** Yes; `null` = not said. */ readonly true: string | null;
        /** No; `null` = not said. */ readonly false: string | null;
      };
    }
  | {
      /** One of several. */ readonly type: 'choice';
      /** What is asked. */ readonly instructions: string;
      /** Choices and their meanings. */ readonly criteria: Readonly<Record<string, string | null>>;
    }
  | {
      /** A grade from 0. */ readonly type: 'score';
      /** What is asked. */ readonly instructions: string;
      /** Meanings from the lowest to the highest. */ readonly criteria: readonly string[];
    };

/** The answer to a {@link Question}; probabilities sum up to 1. */
export type Decision =
  | {
      /** Yes or no. */ readonly type: 'noul';
      /** Probability of yes. */ readonly noul: number;
    }
  | {
      /** One of several. */ readonly type: 'choice';
      /** The likeliest. */ readonly choice: string;
      /** By choice. */ readonly probabilities: Readonly<Record<string, number>>;
    }
  | {
      /** A grade from 0. */ readonly type: 'score';
      /** Expected grade. */ readonly score: number;
      /** By grade. */ readonly probabilities: Readonly<Record<string, number>>;
    };

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
  /** Taken off the logit of tokens that were used lately; 0 = off. */ readonly presencePenalty: number;
  /** The same, once for each time; 0 = off. */ readonly frequencyPenalty: number;
}

/** A call that is answered with text. */
export type TextCall = {
  /** How tokens are drawn. */ readonly sampling: Sampling;
  /** Most tokens of the answer; `null` = what the context leaves, at most ten contexts. */
  readonly maxTokens: number | null;
  /** Shape of the answer; `null` = free text. */ readonly format: AnswerFormat | null;
} & (
  | {
      /** A conversation in the model's own template. */ readonly kind: 'chat';
      /** All messages, oldest first. */ readonly messages: readonly ChatMessage[];
      /** Whether the oldest messages may be dropped to fit the context. */ readonly truncate: boolean;
      /** Functions that the model may ask for. */ readonly tools: readonly ToolFunction[];
      /** Whether it thinks first; `null` = as the model does. */ readonly think: boolean | null;
    }
  | {
      /** The text as it stands, without a template. */ readonly kind: 'raw';
      /** The text to go on with. */ readonly prompt: string;
    }
);

/** What a child is asked to answer. */
export type RunnerCall =
  | TextCall
  | {
      /** Vectors. */ readonly kind: 'embed';
      /** The texts. */ readonly input: readonly string[];
      /** Whether a text that is too long is cut; else it is `context-exceeded`. */ readonly truncate: boolean;
    }
  | {
      /** Probabilities of answers. */ readonly kind: 'decide';
      /** The text that is asked about. */ readonly state: string;
      /** Questions by name. */ readonly questions: Readonly<Record<string, Question>>;
    }
  | {
      /** Tokens of a text. */ readonly kind: 'tokenize';
      /** The text. */ readonly text: string;
      /** Whether special tokens in it count as such, and one is put before it where the model wants that. */
      readonly addSpecial: boolean;
    }
  | {
      /** A conversation as the model reads it. */ readonly kind: 'template';
      /** All messages. */ readonly messages: readonly ChatMessage[];
      /** Functions. */ readonly tools: readonly ToolFunction[];
    };

/** What a call of each kind is answered with. */
export interface RunnerResults {
  /** Text. */ readonly chat: CallResult;
  /** Text. */ readonly raw: CallResult;
  /** One vector per text, of length 1. */
  readonly embed: {
    /** In the order of the texts. */ readonly vectors: readonly (readonly number[])[];
    /** Tokens of all texts. */ readonly promptTokens: number;
  };
  /** Answers by the name of the question. */
  readonly decide: {
    /** By the name of the question. */ readonly answers: Readonly<Record<string, Decision>>;
    /** Tokens that were read. */ readonly promptTokens: number;
    /** Tokens that were written. */ readonly outputTokens: number;
  };
  /** Tokens. */ readonly tokenize: {
    /** Their numbers. */ readonly tokens: readonly number[];
  };
  /** The prompt, and how many tokens it has. */
  readonly template: {
    /** As the model reads it. */ readonly prompt: string;
    /** How many. */ readonly tokens: number;
  };
}

/** The answer to a call. */
export type ResultOf<Call extends RunnerCall> = RunnerResults[Call['kind']];

/** Counts and times of an answer. */
export interface CallResult {
  /** Why it ended. */ readonly reason: 'stop' | 'length';
  /** Prompt tokens that were found in the cache. */ readonly cachedTokens: number;
  /** Prompt tokens that were evaluated. */ readonly promptTokens: number;
  /** Tokens that were generated. */ readonly outputTokens: number;
  /** Time of the prompt, ms. */ readonly promptMs: number;
  /** Time of the answer after its first token, ms. */ readonly outputMs: number;
  /** Functions that the model asks for, instead of a text or after it. */ readonly toolCalls: readonly ToolRequest[];
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
  /** All scalar metadata; arrays and very long texts are `null`. */
  readonly metadata: Readonly<Record<string, string | number | boolean | null>>;
}

/** Parent → child. */
export type ToRunner =
  | {
      /** Which GPU is there, and how much memory does it have? */ readonly type: 'probe';
      /** Where the runtime was installed. */ readonly runtimeDir: string;
      /** Threads to begin with. */ readonly threads: number;
    }
  | {
      /** Which binaries would run? Nothing is loaded. */ readonly type: 'examine';
      /** Where the runtime was installed. */ readonly runtimeDir: string;
    }
  | {
      /** Load the model. */ readonly type: 'load';
      /** The GGUF file. */ readonly modelPath: string;
      /** Where the runtime was installed. */ readonly runtimeDir: string;
      /** Context to allocate, tokens. */ readonly contextTokens: number;
      /** Most threads. */ readonly threads: number;
      /** Whether all of them are used, whatever is measured. */ readonly areThreadsFixed: boolean;
      /** Calls that it answers at the same time; each has a context of its own. */ readonly slots: number;
      /** Prompt tokens per batch. */ readonly batchTokens: number;
      /** Layers on the GPU; `null` = as many as fit, 0 = none. */ readonly gpuLayers: number | null;
    }
  | {
      /** Answer; at most as many at a time as there are slots. */ readonly type: 'call';
      /** Names the call. */ readonly id: number;
      /** The question. */ readonly call: RunnerCall;
      /** 0 to 9, 9 is the most urgent: which slot computes first. */ readonly priority: number;
      /** Most threads while it is answered; `null` = what the child has. */ readonly maxThreads: number | null;
    }
  | {
      /** Stop answering. */ readonly type: 'abort';
      /** The call. */ readonly id: number;
    }
  | {
      /** Use so many threads at most from the next token on. */ readonly type: 'threads';
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
  /** Whether it is thinking rather than the answer. */ readonly isThinking: boolean;
  /** Tokens of the prompt, cached ones included. */ readonly inputTokens: number;
  /** Tokens written so far. */ readonly outputTokens: number;
}

/** A file that is cut off, in numbers. */
export interface FailureFacts {
  /** Bytes that it must have. */ readonly neededBytes: number;
  /** Bytes that it has. */ readonly availableBytes: number;
}

/** Codes of failures inside a child. */
export type RunnerFailureCode =
  | 'aborted'
  | 'context-exceeded'
  | 'invalid-format'
  | 'invalid-gguf'
  | 'load-failed'
  | 'not-capable'
  | 'runtime-missing'
  | 'internal';

/** Child → parent. */
export type FromRunner =
  | {
      /** The GPU. */ readonly type: 'probed';
      /** `cuda`, `metal` or `vulkan`; `null` = none. */ readonly gpu: string | null;
      /** Its free memory. */ readonly vramFreeBytes: number;
      /** All of its memory. */ readonly vramTotalBytes: number;
      /** Whether it computes in the machine's own memory. */ readonly isUnified: boolean;
    }
  | {
      /** The binaries. */ readonly type: 'examined';
      /** Version of the runtime. */ readonly version: string;
      /** What would compute where a GPU is let in: `metal`, `cuda`, `vulkan`; `null` = the CPU. */ readonly gpu:
        | string
        | null;
      /** GPUs that this machine has drivers for, whether or not their binaries are installed. */
      readonly drivers: readonly string[];
    }
  | {
      /** Loading. */ readonly type: 'progress';
      /** 0 to 1. */ readonly progress: number;
    }
  | {
      /** The model is loaded. */ readonly type: 'ready';
      /** Allocated context of each slot, tokens. */ readonly contextTokens: number;
      /** Memory of GPUs that the model took, bytes. */ readonly vramBytes: number;
      /** Resident size of the child. */ readonly residentBytes: number;
    }
  | {
      /** A slice of the prompt was read. */ readonly type: 'prefill';
      /** The call. */ readonly id: number;
      /** Tokens read. */ readonly doneTokens: number;
      /** Tokens of the prompt. */ readonly totalTokens: number;
    }
  | {
      /** Something is written that is not shown yet. */ readonly type: 'working';
      /** The call. */ readonly id: number;
    }
  | ({
      /** Text of the answer. */ readonly type: 'delta';
      /** The call. */ readonly id: number;
    } & TextPiece)
  | {
      /** The answer breaks its schema where no grammar holds it; comes before its text. */ readonly type: 'unenforced';
      /** The call. */ readonly id: number;
      /** Keywords of the schema. */ readonly keywords: readonly string[];
    }
  | {
      /** The answer is complete. */ readonly type: 'done';
      /** The call. */ readonly id: number;
      /** The answer, with its counts. */ readonly result: RunnerResults[keyof RunnerResults];
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
      /** What else is known of it; only where a file is cut off. */ readonly facts?: FailureFacts;
    };
