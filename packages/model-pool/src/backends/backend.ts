import type { Profile } from '../roles/profile.js';
import type { InstalledModel, PullProgress } from '../status.js';
import type {
  CallRequest,
  ChatMessage,
  Clock,
  DecideAnswer,
  DecideQuestion,
  Logger,
  Think,
  ToolCall,
  ToolChoice,
  ToolDefinition,
} from '../types.js';

/** A model in a server's memory. */
export interface LoadedModel {
  /** Its name. */
  readonly model: string;
  /** Hex digest. */
  readonly digest: string | null;
  /** Memory it holds, bytes. */
  readonly bytes: number;
  /** Context it runs with, tokens; `null` = the server does not say. */
  readonly contextTokens: number | null;
  /** When it leaves if nobody asks for it, epoch ms; `null` = the server does not say. */
  readonly expiresAtMs: number | null;
}

/** What a server says about itself. */
export interface ServerVersion {
  /** Version of the API. */
  readonly version: string;
  /** Name of an engine other than the API's own. */
  readonly engine: string | null;
}

/** One request for text. */
export interface TextRequest {
  /** Frozen options. */
  readonly profile: Profile;
  /** A chat, or a prompt in `prompt`. */
  readonly messages: readonly ChatMessage[] | null;
  /** A prompt instead of a chat. */
  readonly prompt: string | null;
  /** System prompt. */
  readonly system: string | null;
  /** Shape of the answer. */
  readonly format: CallRequest['format'];
  /** Whether the model thinks. */
  readonly think: Think;
  /** Limit of the answer. */
  readonly maxOutputTokens: number;
  /** Heat; the server's default where it is `null`. */
  readonly temperature: number | null;
  /** Share of the likeliest tokens; the server's default where it is `null`. */
  readonly topP: number | null;
  /** Seed; another draw each time where it is `null`. */
  readonly seed: number | null;
  /** Texts that end the answer. */
  readonly stop: readonly string[];
  /** Functions that the model may ask for; empty = none. */
  readonly tools: readonly ToolDefinition[];
  /** Whether it may. */
  readonly toolChoice: ToolChoice;
  /** Closes the socket. */
  readonly signal: AbortSignal;
  /** Time for the first object of the answer, ms. */
  readonly firstTokenMs: number;
  /** Time between two pieces, ms. */
  readonly stallMs: number;
}

/** Token counts that a server reported so far; `null` = it did not. */
export interface ReportedCounts {
  /** Prompt tokens. */
  inputTokens: number | null;
  /** Written tokens. */
  outputTokens: number | null;
  /** Prompt tokens from a cache. */
  cacheReadTokens: number | null;
  /** Prompt tokens put into a cache. */
  cacheWriteTokens: number | null;
  /** Written tokens that were thinking. */
  reasoningTokens: number | null;
}

/** Receives an answer while it comes. A returned promise slows the reading down. */
export interface TextSink {
  /** A piece of text. */
  piece(kind: 'text' | 'thinking', text: string): Promise<void> | undefined;
  /** A whole call that the model asks for; `id` is `null` where the server gave none. */
  toolCall(call: Omit<ToolCall, 'id'> & { readonly id: string | null }): Promise<void> | undefined;
  /** Something came: the prompt is read. */
  started(): void;
  /** Counts that the server gave, also before the end. */
  counts: ReportedCounts;
}

/** How a server says an answer ended. */
export interface TextEnd {
  /** Why. */
  readonly finishReason: 'stop' | 'length' | 'tool-calls';
  /** The server's own times, ms; `null` where it gave none that make sense. */
  readonly times: {
    /** From the request to its end. */
    readonly totalMs: number;
    /** Loading the model, or waiting for that. */
    readonly loadMs: number;
    /** Reading the prompt. */
    readonly prefillMs: number;
    /** Writing the answer. */
    readonly decodeMs: number;
  } | null;
}

/** Vectors with their cost. */
export interface EmbedEnd {
  /** One per text. */
  readonly embeddings: number[][];
  /** Tokens read; `null` = the server does not say. */
  readonly inputTokens: number | null;
}

/** Questions about a text, for a server that reads probabilities off its model. */
export interface DecideCall {
  /** Frozen options. */
  readonly profile: Profile;
  /** The text. */
  readonly state: string;
  /** Questions by name. */
  readonly questions: Readonly<Record<string, DecideQuestion>>;
  /** Closes the socket. */
  readonly signal: AbortSignal;
}

/** A prompt to be counted. */
export interface CountCall {
  /** Frozen options. */
  readonly profile: Profile;
  /** The chat. */
  readonly messages: readonly ChatMessage[];
  /** Functions that are offered with it. */
  readonly tools: readonly ToolDefinition[];
  /** Closes the socket. */
  readonly signal: AbortSignal;
}

/** Answers with their cost. */
export interface DecideEnd {
  /** By the name of the question. */
  readonly answers: Readonly<Record<string, DecideAnswer>>;
  /** Tokens read; `null` = the server does not say. */
  readonly inputTokens: number | null;
  /** Tokens written; `null` = the server does not say. */
  readonly outputTokens: number | null;
}

/** What kind of server it is. */
export interface BackendTraits {
  /** `managed` = models are loaded and unloaded by request; `fixed` = it serves what it serves, and load and unload do nothing. */
  readonly residency: 'managed' | 'fixed';
  /** Whether its models take memory of this machine, so that the budget counts them. */
  readonly isLocal: boolean;
  /** Whether it fetches models. */
  readonly canPull: boolean;
  /** Whether a look at it costs nothing: one that is billed or limited by calls is only judged by its calls. */
  readonly isProbed: boolean;
}

/** What a backend is made with. */
export interface BackendParts {
  /** Name in the configuration. */
  readonly name: string;
  /** Time. */
  readonly clock: Clock;
  /** Time for a connection, ms. */
  readonly connectMs: number;
  /** Log lines. */
  readonly logger: Logger;
  /** Names of the models that the configuration has on it, for a server that cannot be asked. */
  readonly models?: readonly string[] | undefined;
}

/** Makes a backend of another kind, such as that of `@tale/model-pool/anthropic`. */
export interface BackendFactory {
  /** Kind of the server, the `provider` of its calls. */
  readonly kind: string;
  /** Makes it; opens no connection. */
  create(parts: BackendParts): Backend;
}

/** A server. Every method rejects with a ModelPoolError, or with the signal's reason once it is aborted. */
export interface Backend {
  /** Name in the configuration. */
  readonly name: string;
  /** Kind, such as `ollama`. */
  readonly kind: string;
  /** Where it listens. */
  readonly url: string;
  /** Which machine computes: calls on one machine slow each other down. `null` = a service that they do not slow. */
  readonly device: string | null;
  /** What can be expected of it. */
  readonly traits: BackendTraits;
  /** Who it is; a cheap question that shows that it answers. */
  version(signal: AbortSignal): Promise<ServerVersion>;
  /** Whether other machines can reach it; `null` = it cannot be told. Left out where nothing would follow from it. */
  isBeyondLoopback?(signal: AbortSignal): Promise<boolean | null>;
  /** Models that it has. */
  list(signal: AbortSignal): Promise<InstalledModel[]>;
  /** Models in memory; all that it serves where residency is fixed. */
  loaded(signal: AbortSignal): Promise<LoadedModel[]>;
  /** The model with capabilities and shape filled in. */
  describe(model: InstalledModel, signal: AbortSignal): Promise<InstalledModel>;
  /** Brings a model into memory and stays connected until it is there; resolves at once where residency is fixed. */
  load(profile: Profile, signal: AbortSignal): Promise<void>;
  /** Takes a model out of memory; resolves at once where residency is fixed. */
  unload(model: string, signal: AbortSignal): Promise<void>;
  /** Fetches a model. */
  pull(model: string, signal: AbortSignal, onProgress: (progress: PullProgress) => void): Promise<void>;
  /** Answers with text. */
  stream(request: TextRequest, sink: TextSink): Promise<TextEnd>;
  /** Answers with vectors. */
  embed(profile: Profile, input: readonly string[], signal: AbortSignal): Promise<EmbedEnd>;
  /** Answers questions. Rejects with `capability-missing` where the server cannot: the pool then asks by a schema. */
  decide(call: DecideCall): Promise<DecideEnd>;
  /** Whether `countTokens` counts on this server, as far as it is known; left out where it never does. */
  countsTokens?(): boolean;
  /** Tokens that the prompt of a call has, template included, by a model that is in memory: it loads none. `null` = the server does not say. */
  countTokens?(call: CountCall): Promise<number | null>;
  /** Ends all connections. */
  close(): Promise<void>;
}
