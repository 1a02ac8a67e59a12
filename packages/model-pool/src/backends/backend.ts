import type { Profile } from '../roles/profile.js';
import type { InstalledModel, PullProgress } from '../status.js';
import type { CallRequest, ChatMessage, Think } from '../types.js';

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
}

/** Receives an answer while it comes. A returned promise slows the reading down. */
export interface TextSink {
  /** A piece of text. */
  piece(kind: 'text' | 'thinking', text: string): Promise<void> | undefined;
  /** Something came: the prompt is read. */
  started(): void;
  /** Counts that the server gave, also before the end. */
  counts: ReportedCounts;
}

/** How a server says an answer ended. */
export interface TextEnd {
  /** Why. */
  readonly finishReason: 'stop' | 'length';
  /** The server's own times, ms; `null` where it gave none that make sense. */
  readonly times: {
    readonly totalMs: number;
    readonly loadMs: number;
    readonly prefillMs: number;
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

/** A server. Every method rejects with a ModelPoolError. */
export interface Backend {
  /** Name in the configuration. */
  readonly name: string;
  /** Kind. */
  readonly kind: 'ollama';
  /** Where it listens. */
  readonly url: string;
  /** Which machine computes: calls on one machine slow each other down. */
  readonly device: string;
  version(signal: AbortSignal): Promise<ServerVersion>;
  list(signal: AbortSignal): Promise<InstalledModel[]>;
  loaded(signal: AbortSignal): Promise<LoadedModel[]>;
  describe(model: InstalledModel, signal: AbortSignal): Promise<InstalledModel>;
  load(profile: Profile, signal: AbortSignal): Promise<void>;
  unload(model: string, signal: AbortSignal): Promise<void>;
  pull(model: string, signal: AbortSignal, onProgress: (progress: PullProgress) => void): Promise<void>;
  remove(model: string, signal: AbortSignal): Promise<void>;
  stream(request: TextRequest, sink: TextSink): Promise<TextEnd>;
  embed(profile: Profile, input: readonly string[], signal: AbortSignal): Promise<EmbedEnd>;
  close(): Promise<void>;
}
