import type { JsonObject, JsonValue } from '../../types.js';
import { valueOfSchema } from '../fake-ollama/schema-value.js';
import { blocksOf } from './checks.js';

const words = 'the answer of a model that lives far away and is asked by wire comes word by word'.split(' ');

/** What the fake says to a request. */
export interface FakeAnthropicScript {
  /** Pieces of thinking. */
  readonly thinking: readonly string[];
  /** Pieces of text; one token each. */
  readonly pieces: readonly string[];
  /** Tools that it asks for. */
  readonly calls: readonly { readonly name: string; readonly input: string }[];
  /** Pieces per second; infinite = no delay. */
  readonly rate: number;
  /** Why it stops by itself. */
  readonly stopReason: string;
}

/** The fake's own tokens: words. */
export function countFakeWords(text: string): number {
  return text.split(/\s+/).filter((word) => word !== '').length;
}

const textOf = (content: JsonValue | undefined): string =>
  blocksOf(content)
    .map(({ text, content: inner, input }) => text ?? inner ?? (input === undefined ? '' : JSON.stringify(input)))
    .join(' ');

/** Everything that stays the same from call to call. */
export function fixedText(body: JsonObject): string {
  return `${textOf(body.system)} ${body.tools === undefined ? '' : JSON.stringify(body.tools)}`;
}

/** Everything that was said. */
export function chatText(body: JsonObject): string {
  const messages = Array.isArray(body.messages) ? (body.messages as readonly JsonObject[]) : [];
  return messages.map(({ content }) => textOf(content)).join(' ');
}

/**
 * The answer to a request, by its last message: `[tokens=40]` sets its length, `[rate=20]` its pieces per second, `[say some
 * words]` its text, `[think=5]` puts so many pieces of thinking before it, `[call name {"a":1}]` asks for a tool, and
 * `[refuse]`, `[pause]` and `[overflow]` end it in their ways. With a schema it is the smallest value that keeps it.
 */
export function scriptOfRequest(body: JsonObject, tokens: number): FakeAnthropicScript {
  const messages = Array.isArray(body.messages) ? (body.messages as readonly JsonObject[]) : [];
  const prompt = textOf(messages.at(-1)?.content);
  const find = (pattern: RegExp) => pattern.exec(prompt)?.[1];
  const { format } = (body.output_config ?? {}) as JsonObject;
  const said =
    format === undefined || format === null
      ? find(/\[say ([^\]]*)\]/)
      : JSON.stringify(valueOfSchema((format as JsonObject).schema as JsonObject));
  const length = Number(find(/\[tokens=(\d+)\]/) ?? tokens);
  const spoken = Array.from({ length }, (_, index) => `${index === 0 ? '' : ' '}${words[index % words.length]}`);
  const isOff = ['disabled', 'between_tools'].includes(String(((body.thinking ?? {}) as JsonObject).type));
  const thoughts = isOff ? 0 : Number(find(/\[think=(\d+)\]/) ?? 0);
  const calls = [...prompt.matchAll(/\[call (\S+) (\{.*?\})\]/g)].map(([, name = '', input = '{}']) => ({
    name,
    input,
  }));
  const isAllowed = ((body.tool_choice ?? {}) as JsonObject).type !== 'none' && Array.isArray(body.tools);
  const ends = { refuse: 'refusal', pause: 'pause_turn', overflow: 'model_context_window_exceeded' };
  const end = Object.entries(ends).find(([word]) => prompt.includes(`[${word}]`));
  const usedCalls = isAllowed ? calls : [];
  return {
    thinking: Array.from({ length: thoughts }, (_, index) => `${index === 0 ? '' : ' '}hm`),
    pieces: said === undefined ? (usedCalls.length > 0 ? [] : spoken) : (said.match(/\s*\S+/g) ?? []),
    calls: usedCalls,
    rate: Number(find(/\[rate=(\d+(?:\.\d+)?)\]/) ?? Number.POSITIVE_INFINITY),
    stopReason: end?.[1] ?? (usedCalls.length > 0 ? 'tool_use' : 'end_turn'),
  };
}
