import type { RecallOptions } from '../recall/types.js';
import type { CallOptions, ModelMessage } from '../types.js';
import type { FitPromptOptions, FittedPrompt } from './prompt-types.js';
import type { ShortenStep } from './window-data.js';

/** Options of a fit. */
export interface FitOptions {
  /** Which conversation. */
  readonly conversationId: string;
  /** Which of the models of the context. */
  readonly model: string;
  /** Schemas of tools that are sent with the prompt. */
  readonly tools?: readonly unknown[] | undefined;
  /** Tokens kept free for the answer, at most half of the window; an eighth of it if left out, between 512 and 4,096. */
  readonly answerTokens?: number | undefined;
  /**
   * Text of the user as the current turn, without storing anything: what the window would be. If left out, the newest message of the user is
   * the current turn, with all that follows it.
   */
  readonly current?: string | undefined;
  /**
   * What is recalled for the turn: `false` nothing; options ask for it whatever it finds, at most 1,200 tokens unless they say otherwise;
   * if left out, only what reaches the gate, at most 600 tokens once in five turns. Never more than a quarter of the budget.
   */
  readonly recall?: RecallOptions | false | undefined;
  /**
   * `false`: a conversation that does not fit is an error, nothing is evicted or shortened.
   *
   * @defaultValue true
   */
  readonly auto?: boolean | undefined;
}

/** Tokens of a window. */
export interface WindowTokens {
  /** System prompt, with the template's share of the prompt. */
  readonly system: number;
  /** Schemas of tools. */
  readonly tools: number;
  /** Pins. */
  readonly pins: number;
  /** Summaries. */
  readonly summary: number;
  /** Earlier messages, with what was added to their turns. */
  readonly history: number;
  /** What is added to the current turn. */
  readonly recall: number;
  /** The current turn. */
  readonly current: number;
  /** Kept free because counts may be too low. */
  readonly margin: number;
  /** Kept free for the answer. */
  readonly reserve: number;
  /** The prompt: all but `margin` and `reserve`. */
  readonly total: number;
  /** Whether the server's tokenizer counted this very prompt; then `total` is its count. */
  readonly exact: boolean;
}

/** What is not in a window. */
export interface WindowLeft {
  /** Turns of the user. */
  readonly units: number;
  /** Messages. */
  readonly messages: number;
  /** Their tokens, estimated where they were never counted. */
  readonly tokens: number;
}

/** A prompt that fits. */
export interface FittedWindow {
  /** Names it for `observe`; `null` for a preview. */
  readonly fitId: string | null;
  /** What is sent. */
  readonly messages: readonly ModelMessage[];
  /** What it takes. */
  readonly tokens: WindowTokens;
  /** Number of the epoch, from 1; inside one each prompt begins with the one before. */
  readonly epoch: number;
  /** First message that is in. */
  readonly firstSeq: number;
  /** What the server should have cached from the last call: all before the current turn. */
  readonly stablePrefix: {
    /** Its tokens by our counts. */
    readonly tokens: number;
    /** Hash of its messages. */
    readonly sha256: string;
  };
  /** What is not in it. */
  readonly left: WindowLeft;
  /** Every cut that was made by this fit. */
  readonly shortened: readonly ShortenStep[];
  /** What happened, in words of a closed list with a value behind a colon where there is one. */
  readonly reasons: readonly string[];
}

/** What became known of a call. */
export interface Observation {
  /** The window that was sent. */
  readonly fitId: string;
  /** Tokens of the prompt by the server, cached ones included; `null` if it did not say. */
  readonly promptTokens: number | null;
  /** Of them those that it had cached; left out where it does not say. */
  readonly cachedTokens?: number | null | undefined;
  /** Whether the server said that it cut the prompt. */
  readonly truncated?: boolean | undefined;
  /** `context-too-long` if it refused the prompt as too long. */
  readonly error?: string | null | undefined;
}

/** What to do after a call. */
export interface ObservationResult {
  /**
   * - `ok`: as expected
   * - `over`: more tokens than the margin allowed; learnt
   * - `truncated`: the server has not read everything
   * - `too-long`: refused
   * - `unknown`: no such fit, or too long ago
   */
  readonly kind: 'ok' | 'over' | 'truncated' | 'too-long' | 'unknown';
  /** Whether to fit and call again: after a refusal, of a prompt of its own also after a cut, at most twice. */
  readonly isRefitWorthwhile: boolean;
}

/** One line of an explanation. */
export interface ExplainedLine {
  /** What it is. */
  readonly what: 'system' | 'pin' | 'summary' | 'message' | 'block';
  /** Id of the message, memory or summary; `null` for a system prompt of several messages and a new block. */
  readonly id: string | null;
  /** Place in the conversation, `null` for pins. */
  readonly seq: number | null;
  /** Tokens that it takes, those that it would take where it is out. */
  readonly tokens: number;
  /** Where it is. */
  readonly place: 'in' | 'shortened' | 'out';
  /**
   * Why.
   *
   * - `always`: system prompt
   * - `pinned`: fixed at the beginning of the epoch; `no-room`: found none then
   * - `covers-what-left`: a summary of what is out; `covered`: something in stands for the same, or what it covers is in
   * - `in-epoch`: it fits; `current-turn`: it is being answered
   * - `evicted`: left at the beginning of an epoch
   */
  readonly why:
    | 'always'
    | 'pinned'
    | 'no-room'
    | 'covers-what-left'
    | 'covered'
    | 'in-epoch'
    | 'current-turn'
    | 'evicted';
}

/** What is in a window, what is out, and why. */
export interface WindowExplanation {
  /** Tokens of the model's window. */
  readonly windowTokens: number;
  /** Most tokens of a prompt after the reserve for the answer and the margin. */
  readonly budgetTokens: number;
  /** Tokens by part. */
  readonly tokens: WindowTokens;
  /** Number of the epoch. */
  readonly epoch: number;
  /** What is out. */
  readonly left: WindowLeft;
  /** Line by line, in the order of the prompt; what is out last, the newest 100 messages of it. */
  readonly lines: readonly ExplainedLine[];
}

/** What a model gets to see. */
export interface Windows {
  /**
   * Makes the prompt of a conversation for a model: never over its window, within an epoch always the prompt before with more behind it.
   *
   * @throws {@link ContextError} `not-found`, `window-too-small`, `store-busy`
   */
  fit(options: FitOptions, call?: CallOptions): Promise<FittedWindow>;
  /**
   * Makes one prompt that belongs to no conversation, by the same rules: system prompt, data, the prompt itself. Never over the window; data
   * gives way first, and no text is cut without a mark.
   *
   * @throws {@link ContextError} `window-too-small`, `store-busy`
   */
  fitPrompt(options: FitPromptOptions, call?: CallOptions): Promise<FittedPrompt>;
  /** Says what the next prompt holds, and why. Stores nothing. */
  explain(conversationId: string, model: string, call?: CallOptions): Promise<WindowExplanation>;
  /** Learns from a call: how far the estimate was off, whether the server cut the prompt, whether to fit again. */
  observe(observation: Observation, call?: CallOptions): Promise<ObservationResult>;
}
