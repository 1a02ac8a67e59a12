import type { JsonObject } from '../../types.js';
import type { FakeModel } from './options.js';
import { countFakeTokens } from './script.js';

/** A message as far as the fake reads it. */
export interface FakeMessage {
  /** Who says it. */
  readonly role: string;
  /** What is said. */
  readonly content: string;
}

/** A request for text, whatever API it came by. */
export interface FakeAsk {
  /** Who answers. */
  readonly model: FakeModel;
  /** What it reads; empty = there is no prompt. */
  readonly messages: readonly FakeMessage[];
  /** `json`, or the schema that the answer keeps. */
  readonly format: unknown;
  /** Whether it may think. */
  readonly thinks: boolean;
  /** Names of tools that are offered. */
  readonly tools: readonly string[];
  /** Texts that end the answer. */
  readonly stop: readonly string[];
  /** Most tokens; `null` = ten contexts. */
  readonly limitTokens: number | null;
  /** Whether the answer comes piece by piece. */
  readonly isStream: boolean;
  /** Whether a prompt beyond the context is cut; else it is a 400. */
  readonly truncate: boolean;
  /** Options of the runner. */
  readonly options: JsonObject;
  /** How long the model stays, ms; `undefined` = left out. */
  readonly keepMs: number | undefined;
}

/** What a model reads of a request. */
export interface FakePrompt {
  /** The text. */
  readonly text: string;
  /** Its tokens. */
  readonly tokens: number;
  /** Whether it answers a tool, so that it asks for none. */
  readonly answersTool: boolean;
  /** Whether it is longer than the context. */
  readonly isTooLong: boolean;
}

/** The prompt in a context: the oldest messages but the system's and the last one are left out until the rest fits, then the rest is cut. */
export function fitPrompt(messages: readonly FakeMessage[], contextTokens: number): FakePrompt {
  const join = (list: readonly FakeMessage[]) => list.map(({ content }) => content).join('\n');
  const kept = [...messages];
  const isTooLong = countFakeTokens(join(messages)) > contextTokens;
  while (countFakeTokens(join(kept)) > contextTokens) {
    const oldest = kept.findIndex(({ role }, index) => role !== 'system' && index < kept.length - 1);
    if (oldest < 0) break;
    kept.splice(oldest, 1);
  }
  const text = join(kept);
  const tokens = Math.min(countFakeTokens(text), contextTokens);
  return { text, tokens, answersTool: messages.at(-1)?.role === 'tool', isTooLong };
}
