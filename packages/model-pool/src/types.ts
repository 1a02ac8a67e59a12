import type { CallEvent } from './events.js';

export type { DecideAnswer, DecideQuestion, DecideRequest, DecideResult } from './decide.js';

/** A ULID. */
export type Id = string;

/** A value that JSON can carry. */
export type JsonValue = string | number | boolean | null | readonly JsonValue[] | JsonObject;

/** An object that JSON can carry. */
export interface JsonObject {
  /** Any key. */
  readonly [key: string]: JsonValue;
}

/** What a model is for. */
export type Role = 'ux' | 'planning' | 'embed';

/** A role, or one of its aliases: `conversation` is `ux`; `task` is `planning` and warns once per process. */
export type RoleName = Role | 'conversation' | 'task';

/** Order of calls: `ux` before `planning` before `background`. */
export type Lane = 'ux' | 'planning' | 'background';

/** What a call is about; passed through to every event and never read by the pool. Unknown is `null`. */
export interface Labels {
  /** The project; `default` where none was given. */
  readonly project: string;
  /** What the user submitted. */
  readonly taskId: Id | null;
  /** The node of the task's graph. */
  readonly stepId: Id | null;
  /** Which attempt at the step. */
  readonly run: number | null;
  /** The conversation. */
  readonly conversationId: Id | null;
  /** The user. */
  readonly userId: string | null;
  /** Why the call is made; `answer` streams to the user as the result. */
  readonly purpose: 'answer' | 'acknowledge' | 'intent' | 'plan' | 'summary' | 'canary' | 'other';
}

/** The first event of an attempt, sent when its lane was granted and the gate let it pass. */
export interface CallStart {
  /** Always `call-start`. */
  readonly type: 'call-start';
  /** One per attempt. */
  readonly callId: Id;
  /** Joins the attempts of one request. */
  readonly requestId: Id;
  /** From 1. */
  readonly attempt: number;
  /** When it entered the lane, epoch ms. */
  readonly startedAtMs: number;
  /** The role that was asked for. */
  readonly role: Role;
  /** The lane it waited in. */
  readonly lane: Lane;
  /** Which request was sent. */
  readonly operation: 'chat' | 'generate' | 'embed' | 'decide';
  /** Name of the backend in the configuration. */
  readonly backend: string;
  /** Kind of the backend, such as `ollama`. */
  readonly provider: string;
  /** The model's name on its server. */
  readonly model: string;
  /** Hex digest of the model's files, where known. */
  readonly modelDigest: string | null;
  /** Estimate by `countTokens`. */
  readonly estimatedInputTokens: number | null;
  /** The limit that the caller set. */
  readonly maxOutputTokens: number | null;
  /** The caller's labels. */
  readonly labels: Labels;
}

/** A piece of the answer (`text-delta`) or of the model's thinking (`thinking-delta`). */
export interface TextDelta {
  /** Which of the two texts of the call. */
  readonly type: 'text-delta' | 'thinking-delta';
  /** The attempt. */
  readonly callId: Id;
  /** The request. */
  readonly requestId: Id;
  /** Characters of this text of this call before the piece. */
  readonly offset: number;
  /** The piece, well-formed. */
  readonly text: string;
  /** The caller's labels. */
  readonly labels: Labels;
}

/** Tokens of an attempt. */
export interface CallUsage {
  /** Prompt tokens, cached ones included. */
  readonly inputTokens: number;
  /** Tokens that the model wrote. */
  readonly outputTokens: number;
  /** Prompt tokens taken from a cache; `null` = the server does not say. */
  readonly cacheReadTokens: number | null;
  /** Prompt tokens written to a cache; `null` = the server does not say. */
  readonly cacheWriteTokens: number | null;
  /** Output tokens spent on thinking; `null` = the server does not say. */
  readonly reasoningTokens: number | null;
  /** `reported` by the server; `partial` = counted from what arrived; `estimated` = nothing arrived. */
  readonly source: 'reported' | 'partial' | 'estimated';
}

/** Where the time of an attempt went; the parts (`ttftMs` is none) sum up to `durationMs` within 1 ms, `null` counting as 0. */
export interface CallTiming {
  /** From entering the lane to the end, ms. */
  readonly durationMs: number;
  /** Waiting in the lane, ms. */
  readonly queueMs: number;
  /** The pool's own time, the gate's included, ms. */
  readonly poolMs: number;
  /** Making the model ready, ms; 0 = it was resident. */
  readonly loadMs: number | null;
  /** Waiting inside the server, ms. */
  readonly serverWaitMs: number | null;
  /** Reading the prompt, ms. */
  readonly prefillMs: number | null;
  /** Writing the answer, ms. */
  readonly decodeMs: number | null;
  /** On the wire, ms. */
  readonly transportMs: number | null;
  /** From entering the lane to the first piece of text, ms. */
  readonly ttftMs: number | null;
}

/** A failure as events and the wire carry it. */
export interface CallError {
  /** A code of {@link ModelPoolErrorCode}. */
  readonly code: string;
  /** What happened and what to do. */
  readonly message: string;
  /** Whether the same call can succeed later without a change by the caller. */
  readonly retryable: boolean;
  /** When to try again at the earliest, ms. */
  readonly retryAfterMs: number | null;
  /** Name of the backend in the configuration. */
  readonly backend: string | null;
  /** The model's name on its server. */
  readonly model: string | null;
  /** The attempt that failed, from 1. */
  readonly attempt: number | null;
  /** What had arrived of the answer. */
  readonly partialText: string | null;
  /** Code of a refusing gate. */
  readonly reason: string | null;
  /** Further facts; `hint` = what to do next, for people, where the message does not say all. */
  readonly details: JsonObject;
}

/** The last event of an attempt; repeats its `call-start`. */
export interface CallEnd extends Omit<CallStart, 'type'> {
  /** Always `call-end`. */
  readonly type: 'call-end';
  /** Epoch ms. */
  readonly endedAtMs: number;
  /** How it ended. */
  readonly status: 'ok' | 'error' | 'aborted' | 'refused';
  /** Why the model stopped; `null` unless `status` is `ok`. */
  readonly finishReason: 'stop' | 'length' | 'tool-calls' | null;
  /** Tokens. */
  readonly usage: CallUsage;
  /** Times. */
  readonly timing: CallTiming;
  /** Name in the configuration of the model that failed before this one. */
  readonly fallbackFrom: string | null;
  /** Name in the configuration of the model that answered instead while this one loaded. */
  readonly coveredBy: string | null;
  /** Set unless `status` is `ok`. */
  readonly error: CallError | null;
}

/** What a gate hands out for a call that it let pass. */
export interface GateHandle {
  /** Told now and then how many tokens were written; a rejection aborts the call with that error. */
  progress(outputTokens: number): Promise<void>;
  /** Told how the attempt ended, before its `call-end` is sent. Never rejects. */
  settle(end: CallEnd): Promise<void>;
}

/** The port that counts calls and may refuse them, such as a token tracker with budgets. */
export interface CallGate {
  /** Called once per attempt after its lane was granted; a rejection refuses the attempt, its `code` becomes the `reason`. */
  begin(call: CallStart): Promise<GateHandle>;
}

/** Time. `after` fires once and returns a function that takes the timer back. */
export interface Clock {
  /** Epoch ms. */
  now(): number;
  /** Ms of a clock that never jumps; only differences have a meaning. */
  monotonicMs(): number;
  /** Calls `callback` in `delayMs`. */
  after(delayMs: number, callback: () => void): () => void;
}

/** Where log lines go; silent unless one is given. */
export interface Logger {
  /** Detail for developers. */
  debug(fields: object, message: string): void;
  /** What happened. */
  info(fields: object, message: string): void;
  /** Something to look at. */
  warn(fields: object, message: string): void;
  /** A failure. */
  error(fields: object, message: string): void;
}

/** A function that a model may ask to be called. */
export interface ToolDefinition {
  /** Its name: letters, digits, `_` and `-`, at most 64. */
  readonly name: string;
  /** What it does, for the model. */
  readonly description?: string | undefined;
  /** JSON schema of its arguments, an object. */
  readonly parameters: JsonObject;
}

/** Whether a model may call tools: as it likes, not at all, at least one, or this one. */
export type ToolChoice =
  | 'auto'
  | 'none'
  | 'required'
  | {
      /** Name of the tool. */
      readonly name: string;
    };

/** A call that a model asks for. */
export interface ToolCall {
  /** Joins it with the message that answers it. */
  readonly id: string;
  /** Name of the tool. */
  readonly name: string;
  /** Its arguments, as the model gave them: check them before use. */
  readonly arguments: JsonObject;
}

/** One message of a chat. */
export interface ChatMessage {
  /** Who says it; `tool` answers a call of the assistant. */
  readonly role: 'system' | 'user' | 'assistant' | 'tool';
  /** What is said. */
  readonly content: string;
  /** Calls that the assistant asked for. */
  readonly toolCalls?: readonly ToolCall[] | undefined;
  /** Which call a message of a tool answers. */
  readonly toolCallId?: string | undefined;
  /** Name of the tool that answers. */
  readonly toolName?: string | undefined;
}

/** How long a model thinks before it answers. */
export type Think = boolean | 'low' | 'medium' | 'high' | 'max';

/** A call. Either `messages` or `prompt`. */
export interface CallRequest {
  /** Which role answers. */
  readonly role: RoleName;
  /** The chat so far. */
  readonly messages?: readonly ChatMessage[] | undefined;
  /** One prompt, instead of `messages`. */
  readonly prompt?: string | undefined;
  /** System prompt, put before `messages` or sent with `prompt`. */
  readonly system?: string | undefined;
  /** `json`, or the JSON schema that the answer keeps. */
  readonly format?: 'json' | JsonObject | undefined;
  /** Cuts the answer; sent to the server and enforced here. */
  readonly maxOutputTokens?: number | undefined;
  /** 0 to 2. */
  readonly temperature?: number | undefined;
  /** Share of the likeliest tokens that are drawn from, above 0 to 1. */
  readonly topP?: number | undefined;
  /** The same seed and prompt give the same answer where the server can do that; a whole number from 0. */
  readonly seed?: number | undefined;
  /** Texts that end the answer and are not part of it; at most 16. */
  readonly stop?: readonly string[] | undefined;
  /** Functions that the model may ask for; with `messages` only, not with `format`. */
  readonly tools?: readonly ToolDefinition[] | undefined;
  /** Whether it may. @defaultValue `auto` */
  readonly toolChoice?: ToolChoice | undefined;
  /** Name in the configuration of the candidate to ask first, such as the one that a learner chose. */
  readonly preferredModel?: string | undefined;
  /** `ux` = the small model may answer while the chosen one is loaded; `call-end` then says `coveredBy`. */
  readonly coverWhileLoading?: 'ux' | undefined;
  /** Ends the call in every state: it leaves the lane, the load or the stream, and the socket is closed. */
  readonly signal?: AbortSignal | undefined;
  /** Joins the attempts; made by `createId` where none is given. */
  readonly requestId?: Id | undefined;
  /** Time for the whole call with its retries, ms. */
  readonly deadlineMs?: number | undefined;
  /** What the call is about; what is left out is `null` (`default`, `other`). */
  readonly labels?: Partial<Labels> | undefined;
  /** Whether the call may start again on another model after text was sent; `call-fallback` then tells to drop that text. */
  readonly replayable?: boolean | undefined;
}

/** Texts to turn into vectors. */
export interface EmbedRequest {
  /** The texts. */
  readonly input: readonly string[];
  /** Name in the configuration of the candidate to ask first. */
  readonly preferredModel?: string | undefined;
  /** Told the events of the call as they come. */
  readonly onEvent?: ((event: CallEvent) => void) | undefined;
  /** Ends the call. */
  readonly signal?: AbortSignal | undefined;
  /** Joins the attempts. */
  readonly requestId?: Id | undefined;
  /** Time for the whole call, ms. */
  readonly deadlineMs?: number | undefined;
  /** What the call is about. */
  readonly labels?: Partial<Labels> | undefined;
}

/** A collected call. */
export interface CallResult {
  /** The request. */
  readonly requestId: Id;
  /** The attempt that answered. */
  readonly callId: Id;
  /** The answer. */
  readonly text: string;
  /** The model's thinking; empty where it did none. */
  readonly thinking: string;
  /** Tools that the model asks for. */
  readonly toolCalls: readonly ToolCall[];
  /** The attempt's last event: usage, timing, model. */
  readonly end: CallEnd;
}

/** Vectors. */
export interface EmbedResult {
  /** The request. */
  readonly requestId: Id;
  /** One vector per text. */
  readonly embeddings: readonly (readonly number[])[];
  /** The attempt's last event. */
  readonly end: CallEnd;
}

/** What a model in one shape was seen to hold. */
export interface MemoryEstimate {
  /** Hex digest of its files, or its name where its server tells no digest. */
  readonly digest: string;
  /** Context of one slot, tokens. */
  readonly contextTokens: number;
  /** Calls at the same time. */
  readonly slots: number;
  /** Mean that follows the newest loads, bytes. */
  readonly meanBytes: number;
  /** Spread around it, bytes. */
  readonly sigmaBytes: number;
  /** How many loads it was learnt from. */
  readonly loads: number;
}

/** Where learnt sizes of models are kept between runs. A rejection is logged and costs nothing but what was learnt. */
export interface MemoryEstimates {
  /** All that were kept; asked once, at the start. */
  load(): Promise<readonly MemoryEstimate[]>;
  /** Keeps these, all there are, instead of what was kept. */
  save(estimates: readonly MemoryEstimate[]): Promise<void>;
}

/** A prompt to be counted, for a role or for a model. */
export interface CountRequest {
  /** Who would answer: its first model that is in memory and whose server counts. */
  readonly role?: RoleName | undefined;
  /** Instead of a role: name of a model in the configuration, or on its server. */
  readonly model?: string | undefined;
  /** The chat, its system prompt included. */
  readonly messages: readonly ChatMessage[];
  /** Functions that are offered with it. */
  readonly tools?: readonly ToolDefinition[] | undefined;
}
