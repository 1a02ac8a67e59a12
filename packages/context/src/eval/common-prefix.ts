import type { ModelMessage } from '../types.js';

/** Tokens of a prompt that the template adds to each message. */
const templateTokens = 5;
/** Tokens that the template adds to the prompt. */
const promptTokens = 3;

/** Counts of prompts with a cache by text. */
export interface PromptCounter {
  /** Tokens of a prompt. */
  total(messages: readonly ModelMessage[]): number;
  /** Tokens of a prompt that stand behind the longest common prefix with another one. */
  behind(messages: readonly ModelMessage[], previous: readonly ModelMessage[]): number;
}

const mostCached = 50_000;

/** Counts prompts by o200k. A prefix ends inside a message at the last space before the first difference, as tokens do. */
export function promptCounter(countTokens: (text: string) => number): PromptCounter {
  const cache = new Map<string, number>();
  const count = (text: string): number => {
    let tokens = cache.get(text);
    if (tokens === undefined) {
      if (cache.size >= mostCached) cache.clear();
      tokens = countTokens(text);
      cache.set(text, tokens);
    }
    return tokens;
  };
  const whole = (message: ModelMessage) => count(textOf(message)) + templateTokens;
  return {
    total: (messages) => messages.reduce((sum, message) => sum + whole(message), promptTokens),
    behind(messages, previous) {
      let first = 0;
      while (first < messages.length && first < previous.length && isSame(messages[first]!, previous[first]!)) first++;
      if (first === messages.length) return promptTokens;
      const rest = messages.slice(first + 1).reduce((sum, message) => sum + whole(message), promptTokens);
      const one = messages[first]!;
      const other = previous[first];
      if (!other || other.role !== one.role) return rest + whole(one);
      return rest + templateTokens + count(textOf(one).slice(sharedCharacters(textOf(one), textOf(other))));
    },
  };
}

function textOf({ content, toolCalls }: ModelMessage): string {
  return toolCalls && toolCalls.length > 0 ? `${content}${JSON.stringify(toolCalls)}` : content;
}

function isSame(one: ModelMessage, other: ModelMessage): boolean {
  return one.role === other.role && textOf(one) === textOf(other);
}

function sharedCharacters(one: string, other: string): number {
  let at = 0;
  while (at < one.length && at < other.length && one[at] === other[at]) at++;
  return at === one.length ? at : Math.max(0, one.lastIndexOf(' ', at));
}
