import type { JsonObject, JsonValue } from '../../types.js';
import { messagesOf } from '../fake-openai/text-route.js';
import { makeReady, refuse } from './answer-text.js';
import type { FakeExchange } from './exchange.js';
import { ollamaError } from './ollama-dialect.js';
import { readBody } from './request-body.js';
import { countFakeTokens } from './script.js';
import type { FakeState } from './state.js';

/** Probability of what the fake decides for. */
const sure = 0.9;

/** Nine tenths for one, the rest for the others in equal parts. */
function spread(options: readonly string[], chosen: string): Record<string, number> {
  const others = options.length - 1;
  return Object.fromEntries(
    options.map((option) => [option, option === chosen ? (others === 0 ? 1 : sure) : (1 - sure) / others]),
  );
}

function decide(type: unknown, criteria: JsonValue | undefined, said: string | undefined): JsonObject | null {
  if (type === 'noul') return { type, noul: said === 'false' ? 1 - sure : sure };
  if (type === 'choice' && criteria !== null && typeof criteria === 'object' && !Array.isArray(criteria)) {
    const options = Object.keys(criteria);
    const choice = said !== undefined && options.includes(said) ? said : (options[0] ?? '');
    const probabilities = spread(options, choice);
    return { type, choice, probabilities, confidence: probabilities[choice] ?? 1 };
  }
  if (type === 'score' && Array.isArray(criteria)) {
    const grades = criteria.map((_, grade) => String(grade));
    const grade = said !== undefined && grades.includes(said) ? said : (grades[0] ?? '0');
    const probabilities = spread(grades, grade);
    const score = Object.entries(probabilities).reduce((sum, [key, share]) => sum + Number(key) * share, 0);
    return { type, score, probabilities, confidence: probabilities[grade] ?? 1 };
  }
  return null;
}

/** `/v1/systemone`: questions with probabilities. `[decide name=value]` in the text answers a question; else it is yes, or the first. */
export async function systemoneRoute(state: FakeState, exchange: FakeExchange): Promise<void> {
  const checked = readBody(state, exchange);
  if (checked === null) return;
  const runner = await makeReady(state, exchange, checked, null);
  if (typeof runner === 'string') {
    refuse(exchange, { error: ollamaError }, runner);
    return;
  }
  state.memory.release(runner);
  const text = String(exchange.body.state ?? '');
  const said = new Map([...text.matchAll(/\[decide ([\w-]+)=([^\]]+)\]/g)].map(([, name, value]) => [name, value]));
  const answers: Record<string, JsonObject> = {};
  for (const [name, question] of Object.entries((exchange.body.questions ?? {}) as JsonObject)) {
    const { type, criteria } = question as JsonObject;
    const answer = decide(type, criteria, said.get(name));
    if (answer === null) {
      exchange.json(400, ollamaError(`question ${name} is of no known type`));
      return;
    }
    answers[name] = answer;
  }
  exchange.entry.inputTokens = countFakeTokens(text);
  const usage = { input_tokens: exchange.entry.inputTokens, output_tokens: 0 };
  exchange.json(200, { model: runner.model, answers, usage });
}

/** `/tokenize`: the tokens of a text for the model that is in memory. */
export function tokenizeRoute(state: FakeState, exchange: FakeExchange): void {
  if (!hasModel(state, exchange)) return;
  const { content } = exchange.body;
  const tokens = typeof content === 'string' && content !== '' ? countFakeTokens(content) : 0;
  exchange.json(200, { tokens: Array.from({ length: tokens }, (_, index) => index + 1) });
}

/** `/apply-template`: a chat as the model that is in memory reads it; llama-server leaves the count to `/tokenize`. */
export function templateRoute(state: FakeState, exchange: FakeExchange): void {
  if (!hasModel(state, exchange)) return;
  const prompt = messagesOf(exchange.body, true)
    .map(({ content }) => content)
    .join('\n');
  exchange.json(200, state.serves === 'llama-server' ? { prompt } : { prompt, tokens: countFakeTokens(prompt) });
}

/** Whether a model is in memory, which llama-server's always is; else the request is answered. */
function hasModel({ memory, serves }: FakeState, exchange: FakeExchange): boolean {
  const { model } = exchange.body;
  const isLoaded =
    serves === 'llama-server' || memory.list().some((runner) => model === undefined || runner.model === model);
  if (!isLoaded) exchange.json(404, ollamaError(`model '${String(model)}' is not loaded`));
  return isLoaded;
}
