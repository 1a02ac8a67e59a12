import { makeReady, refuse } from './answer-text.js';
import type { FakeExchange } from './exchange.js';
import { ollamaError } from './ollama-dialect.js';
import { readBody } from './request-body.js';
import type { FakeRunner } from './runner.js';
import { countFakeTokens } from './script.js';
import type { FakeState } from './state.js';

/** A vector of length 1 that is the same for the same text. */
export function vectorOf(text: string): number[] {
  const values = [1, 0, 0, 0, 0, 0, 0, 0];
  for (const word of text.toLowerCase().split(/\s+/)) {
    let hash = 7;
    for (const character of word) hash = (hash * 31 + (character.codePointAt(0) ?? 0)) % 1_000_003;
    values[hash % values.length] = (values[hash % values.length] ?? 0) + 1;
  }
  const length = Math.hypot(...values);
  return values.map((value) => value / length);
}

/** Makes the model of a request ready; `null` = the request is over. */
async function ready(state: FakeState, exchange: FakeExchange): Promise<FakeRunner | null> {
  const checked = readBody(state, exchange);
  if (checked === null) return null;
  const runner = await makeReady(state, exchange, checked, null);
  if (typeof runner !== 'string') return runner;
  refuse(exchange, { error: ollamaError }, runner);
  return null;
}

/** `/api/embed`: one vector per text; without any it only loads. */
export async function embedRoute(state: FakeState, exchange: FakeExchange): Promise<void> {
  const { body, entry } = exchange;
  const runner = await ready(state, exchange);
  if (runner === null) return;
  const given = typeof body.input === 'string' ? [body.input] : Array.isArray(body.input) ? body.input : [];
  const input = given.map(String).filter((text) => text !== '');
  const isTooLong = input.some((text) => countFakeTokens(text) > runner.contextTokens);
  state.memory.release(runner);
  if (isTooLong && body.truncate === false) {
    exchange.json(400, ollamaError('the input length exceeds the context length'));
    return;
  }
  const tokens = input.map((text) => Math.min(countFakeTokens(text), runner.contextTokens));
  entry.inputTokens = tokens.reduce((sum, count) => sum + count, 0);
  const counts =
    input.length === 0 ? {} : { total_duration: 1, load_duration: 1, prompt_eval_count: entry.inputTokens };
  exchange.json(200, { model: runner.model, embeddings: input.map(vectorOf), ...counts });
}

/** `/api/embeddings`, the older route: one prompt, one vector. */
export async function embeddingsRoute(state: FakeState, exchange: FakeExchange): Promise<void> {
  const { body, entry } = exchange;
  const runner = await ready(state, exchange);
  if (runner === null) return;
  state.memory.release(runner);
  const prompt = typeof body.prompt === 'string' ? body.prompt : '';
  entry.inputTokens = prompt === '' ? 0 : countFakeTokens(prompt);
  exchange.json(200, { embedding: prompt === '' ? [] : vectorOf(prompt) });
}
