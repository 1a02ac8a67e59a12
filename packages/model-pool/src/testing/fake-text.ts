import type { JsonObject } from '../types.js';

const words =
  'a model reads the prompt and writes one token after another until it has said what there is to say'.split(' ');

/** What the fake does with a prompt. */
export interface FakeScript {
  /** The tokens of the answer; one piece each. */
  readonly tokens: readonly string[];
  /** How many of the first tokens are thinking. */
  readonly thinking: number;
  /** Tokens per second; infinite = no delay. */
  readonly tokensPerSecond: number;
}

/** The fake's own tokens: words. */
export function countFakeTokens(text: string): number {
  return Math.max(1, text.split(/\s+/).filter((word) => word !== '').length);
}

/** Everything a request asks the model to read. */
export function readPrompt(body: JsonObject): string {
  const messages = Array.isArray(body.messages) ? (body.messages as { content?: unknown }[]) : [];
  return [body.system, body.prompt, ...messages.map(({ content }) => content)]
    .filter((part) => typeof part === 'string')
    .join('\n');
}

/**
 * The answer to a prompt. `[tokens=40]` sets its length, `[rate=20]` its tokens per second, `[say some words]` its text,
 * `[think=5]` puts so many tokens of thinking before it; the last of each counts. With a format the answer is `{"ok":true}`.
 */
export function scriptOf(
  prompt: string,
  format: unknown,
  defaults: { readonly tokens: number; readonly tokensPerSecond: number; readonly random: () => number },
): FakeScript {
  const last = (pattern: RegExp) => [...prompt.matchAll(pattern)].at(-1)?.[1];
  const said = last(/\[say ([^\]]*)\]/g);
  const count = Number(last(/\[tokens=(\d+)\]/g) ?? defaults.tokens);
  const tokensPerSecond = Number(last(/\[rate=(\d+(?:\.\d+)?)\]/g) ?? defaults.tokensPerSecond);
  if (format !== undefined && format !== '') return { tokens: ['{"ok"', ':', 'true}'], thinking: 0, tokensPerSecond };
  const thinking = Number(last(/\[think=(\d+)\]/g) ?? 0);
  const thoughts = Array.from({ length: thinking }, (_, index) => `${index === 0 ? '' : ' '}hm`);
  if (said !== undefined) return { tokens: [...thoughts, ...(said.match(/\s*\S+/g) ?? [])], thinking, tokensPerSecond };
  const start = Math.floor(defaults.random() * words.length);
  const tokens = Array.from(
    { length: count },
    (_, index) => `${index === 0 ? '' : ' '}${words[(start + index) % words.length]}`,
  );
  return { tokens: [...thoughts, ...tokens], thinking, tokensPerSecond };
}
