import type { PlanItem } from '../recall/types.js';
import type { ModelMessage, ModelWindow } from '../types.js';
import type { WindowTokens } from './types.js';
import type { ShortenStep } from './window-data.js';

/** Options of a fit of one prompt. */
export interface FitPromptOptions {
  /** Who gets it, with the window that the server gives now; it need not be one of the models of the context. */
  readonly model: ModelWindow;
  /** System prompt. */
  readonly system?: string | undefined;
  /** The prompt itself. */
  readonly current: string;
  /** What `recall.forPlan` found, the most important first: stands before the prompt, labelled as data. The last ones go first. */
  readonly data?: readonly PlanItem[] | undefined;
  /** Schemas of tools that are sent with the prompt. */
  readonly tools?: readonly unknown[] | undefined;
  /** Tokens kept free for the answer, at most half of the window; an eighth of it if left out, between 512 and 4,096. */
  readonly answerTokens?: number | undefined;
  /**
   * Whether the prompt must be sent whole, else its middle gives way to a mark; data goes first in either case. A whole prompt that has no
   * room for margin and answer is sent alone with room for 64 tokens, or for `answerTokens`: while its count is an estimate the server
   * decides. It is an error once it is surely too long, by the learnt error of the estimate or by the server's own count.
   *
   * @defaultValue false
   */
  readonly keepsCurrent?: boolean | undefined;
  /** `fitId` of a fit that the server refused or cut and whose `observe` said that another one is worth it: this one is smaller. */
  readonly after?: string | undefined;
}

/** One prompt that fits. */
export interface FittedPrompt {
  /** Names it for `observe`. */
  readonly fitId: string;
  /** What is sent. */
  readonly messages: readonly ModelMessage[];
  /** What it takes; `recall` is the data. */
  readonly tokens: WindowTokens;
  /** Most tokens that the prompt could have taken. */
  readonly budgetTokens: number;
  /** Ids of the data. */
  readonly data: {
    /** What the prompt holds. */
    readonly ids: readonly string[];
    /** What found no room. */
    readonly left: readonly string[];
  };
  /** Every cut that was made. */
  readonly shortened: readonly ShortenStep[];
}
