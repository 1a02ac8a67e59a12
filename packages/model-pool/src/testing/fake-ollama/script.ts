import type { JsonObject } from '../../types.js';
import { valueOfSchema } from './schema-value.js';

const words =
  'a model reads the prompt and writes one token after another until it has said what there is to say'.split(' ');

/** A tool that the fake asks for. */
export interface FakeToolCall {
  /** Name of the tool. */
  readonly name: string;
  /** Its arguments. */
  readonly arguments: JsonObject;
}

/** What the fake does with a prompt. */
export interface FakeScript {
  /** The tokens of the answer; one piece each. */
  readonly tokens: readonly string[];
  /** How many of the first tokens are thinking. */
  readonly thinking: number;
  /** Tokens per second; infinite = no delay. */
  readonly tokensPerSecond: number;
  /** Tools that it asks for at the end. */
  readonly toolCalls: readonly FakeToolCall[];
}

/** What a script depends on beside the prompt. */
export interface FakeScriptOptions {
  /** Length of an answer. */
  readonly tokens: number;
  /** Speed of an answer. */
  readonly tokensPerSecond: number;
  /** Chooses the words, in [0, 1). */
  readonly random: () => number;
  /** `json`, or the schema that the answer keeps. */
  readonly format?: unknown;
  /** Names of tools that were offered. */
  readonly tools?: readonly string[] | undefined;
  /** Whether it may think. */
  readonly thinks?: boolean | undefined;
  /** Texts that end the answer. */
  readonly stop?: readonly string[] | undefined;
}

/** The fake's own tokens: words. */
export function countFakeTokens(text: string): number {
  return Math.max(1, text.split(/\s+/).filter((word) => word !== '').length);
}

const split = (text: string): string[] => text.match(/\s*\S+/g) ?? [];

/** Every `[tool name {…}]` of a prompt. */
function readToolCalls(prompt: string): FakeToolCall[] {
  return [...prompt.matchAll(/\[tool ([\w-]+) (?=\{)/g)].flatMap(({ 0: mark, 1: name = '', index }) => {
    const rest = prompt.slice(index + mark.length);
    for (let end = rest.indexOf('}]'); end >= 0; end = rest.indexOf('}]', end + 1)) {
      try {
        return [{ name, arguments: JSON.parse(rest.slice(0, end + 1)) as JsonObject }];
      } catch {}
    }
    return [];
  });
}

/** The answer that keeps a format; what is to be said stands where it is JSON. */
function formatted(format: unknown, said: string | undefined): string[] {
  if (said !== undefined) {
    try {
      JSON.parse(said);
      return split(said);
    } catch {}
  }
  const value = format === 'json' ? { ok: true } : valueOfSchema(format as JsonObject);
  return JSON.stringify(value).match(/.{1,6}/gsu) ?? [];
}

/** The tokens before the first of the texts that end an answer. */
function endAt(tokens: readonly string[], stop: readonly string[]): string[] {
  const whole = tokens.join('');
  let rest = Math.min(...stop.map((text) => whole.indexOf(text)).filter((at) => at >= 0), whole.length);
  return tokens.flatMap((token) => {
    const part = token.slice(0, Math.max(0, rest));
    rest -= token.length;
    return part === '' ? [] : [part];
  });
}

/**
 * The answer to a prompt. `[tokens=40]` sets its length, `[rate=20]` its tokens per second, `[say some words]` its text,
 * `[think=5]` puts so many tokens of thinking before it; the last of each counts. Each `[tool name {"key":1}]` asks for a tool
 * that was offered, with text before it only where some is to be said. With a format the answer is `{"ok":true}`, or the
 * least value that fits the schema.
 */
export function scriptOf(prompt: string, options: FakeScriptOptions): FakeScript {
  const { format, tools = [], thinks = true, stop = [] } = options;
  const last = (pattern: RegExp) => [...prompt.matchAll(pattern)].at(-1)?.[1];
  const said = last(/\[say ([^\]]*)\]/g);
  const count = Number(last(/\[tokens=(\d+)\]/g) ?? options.tokens);
  const tokensPerSecond = Number(last(/\[rate=(\d+(?:\.\d+)?)\]/g) ?? options.tokensPerSecond);
  const thinking = thinks ? Number(last(/\[think=(\d+)\]/g) ?? 0) : 0;
  const toolCalls = readToolCalls(prompt).filter(({ name }) => tools.includes(name));
  const start = Math.floor(options.random() * words.length);
  const speak = () => {
    if (format !== undefined && format !== null && format !== '') return formatted(format, said);
    if (said !== undefined) return split(said);
    if (toolCalls.length > 0) return [];
    return Array.from(
      { length: count },
      (_, index) => `${index === 0 ? '' : ' '}${words[(start + index) % words.length]}`,
    );
  };
  const thoughts = Array.from({ length: thinking }, (_, index) => `${index === 0 ? '' : ' '}hm`);
  return { tokens: [...thoughts, ...endAt(speak(), stop)], thinking, tokensPerSecond, toolCalls };
}
