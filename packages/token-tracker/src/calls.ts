/** What a model is used for: `ux` talks, `planning` does tasks, `embed` makes vectors. */
export type Role = 'ux' | 'planning' | 'embed';
/** Which queue a call waited in. */
export type Lane = 'ux' | 'planning' | 'background';
/** Where a number of tokens comes from: told by the model's server, counted of a cut stream, or estimated. */
export type UsageSource = 'reported' | 'partial' | 'estimated';
/** A value that survives JSON. */
export type JsonValue = string | number | boolean | null | readonly JsonValue[] | JsonObject;
/** An object that survives JSON. */
export interface JsonObject {
  /** Any key. */
  readonly [key: string]: JsonValue;
}

/** What a call belongs to. */
export interface Labels {
  /** Name of the project that pays for the call. */
  project: string;
  /** The submitted task, or `null` outside tasks. */
  taskId: string | null;
  /** The step of the task. */
  stepId: string | null;
  /** Which attempt at the step, from 1. */
  run: number | null;
  /** The conversation. */
  conversationId: string | null;
  /** The person. */
  userId: string | null;
  /** Why the call is made; `answer` is what the user reads. */
  purpose: 'answer' | 'acknowledge' | 'intent' | 'plan' | 'summary' | 'canary' | 'other';
}

/** One attempt at a model call begins. */
export interface CallStart {
  /** Always `call-start`. */
  type: 'call-start';
  /** Id of this attempt, made before the call; recording it twice counts it once. */
  callId: string;
  /** Id shared by the retries and fallbacks of one request. */
  requestId: string;
  /** Which attempt at the request, from 1. */
  attempt: number;
  /** Epoch ms at which the call entered its lane. All reports follow this time. */
  startedAtMs: number;
  /** Role of the model. */
  role: Role;
  /** Queue of the call. */
  lane: Lane;
  /** Kind of request. */
  operation: 'chat' | 'generate' | 'embed' | 'decide';
  /** Name of the backend in the configuration. */
  backend: string;
  /** Kind of the backend: ollama, openai and so on. */
  provider: string;
  /** Name of the model. */
  model: string;
  /** Digest of the model's weights, hex, with or without `sha256:`. */
  modelDigest: string | null;
  /** Input tokens expected before the call. */
  estimatedInputTokens: number | null;
  /** Most output tokens that were asked for. */
  maxOutputTokens: number | null;
  /** What the call belongs to. */
  labels: Labels;
}

/** Tokens of one call. Unknown is `null`, never 0. */
export interface Usage {
  /** Input tokens, cached ones included. */
  inputTokens: number;
  /** Output tokens, reasoning included. */
  outputTokens: number;
  /** Input tokens read from the model server's cache. */
  cacheReadTokens: number | null;
  /** Input tokens written to the model server's cache. */
  cacheWriteTokens: number | null;
  /** Output tokens spent on reasoning. */
  reasoningTokens: number | null;
  /** Where the numbers come from. */
  source: UsageSource;
}

/** Durations of one call in ms. Unknown is `null`. */
export interface Timing {
  /** Lane to end. */
  durationMs: number;
  /** Waiting in the lane. */
  queueMs: number;
  /** Spent in the pool itself. */
  poolMs: number;
  /** Loading the model. */
  loadMs: number | null;
  /** Waiting in the model's server. */
  serverWaitMs: number | null;
  /** Reading the prompt. */
  prefillMs: number | null;
  /** Writing the answer. */
  decodeMs: number | null;
  /** Between the processes. */
  transportMs: number | null;
  /** Until the first token. */
  ttftMs: number | null;
}

/** Why a call failed. */
export interface CallError {
  /** Code of the pool's list. */
  code: string;
  /** What happened and what to do. */
  message: string;
  /** Whether the same call can succeed later. */
  retryable: boolean;
  /** Earliest sensible time of a retry, ms from now. */
  retryAfterMs: number | null;
  /** Backend that failed. */
  backend: string | null;
  /** Model that failed. */
  model: string | null;
  /** Attempt that failed. */
  attempt: number | null;
  /** Text received before the failure; the tracker never stores it. */
  partialText: string | null;
  /** Code of the gate that refused the call. */
  reason: string | null;
  /** Further facts. */
  details: JsonObject;
}

/** One attempt at a model call has ended; repeats the fields of its start. */
export interface CallEnd extends Omit<CallStart, 'type'> {
  /** Always `call-end`. */
  type: 'call-end';
  /** Epoch ms of the end. */
  endedAtMs: number;
  /** How it ended. */
  status: 'ok' | 'error' | 'aborted' | 'refused';
  /** Why the model stopped. */
  finishReason: 'stop' | 'length' | 'tool-calls' | null;
  /** Its tokens. */
  usage: Usage;
  /** Its durations. */
  timing: Timing;
  /** Model that this call stands in for. */
  fallbackFrom: string | null;
  /** Model that was used while the wanted one was not ready. */
  coveredBy: string | null;
  /** Why it failed, `null` when it did not. */
  error: CallError | null;
}

/** A call that has begun and is not settled. */
export interface CallHandle {
  /** Says how many output tokens have come so far. Never rejects; stored at most every 2 s or 256 tokens. */
  progress(outputTokens: number): Promise<void>;
  /** Counts the call, once whatever happens. Never rejects; resolves after the commit, or once the record waits in memory. */
  settle(end: CallEnd): Promise<void>;
}

/** The port `gate` of `@tale/model-pool`; a {@link TokenTracker} is one. */
export interface CallGate {
  /** Records that a call begins. */
  begin(call: CallStart): Promise<CallHandle>;
}
