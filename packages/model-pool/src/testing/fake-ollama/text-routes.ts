import type { JsonObject } from '../../types.js';
import { answerText, findMissingCapability, makeReady, refuse, takeFault } from './answer-text.js';
import type { FakeAsk, FakeMessage } from './ask.js';
import type { FakeExchange } from './exchange.js';
import { ollamaDialect, ollamaError } from './ollama-dialect.js';
import { playFirst } from './play-fault.js';
import { readBody } from './request-body.js';
import type { FakeState } from './state.js';

const texts = (value: unknown): string[] =>
  (Array.isArray(value) ? value : [value]).filter((item): item is string => typeof item === 'string');

function messagesOf(body: JsonObject, isChat: boolean): FakeMessage[] {
  if (!isChat) {
    const prompt = texts(body.prompt).filter((text) => text !== '');
    return [
      ...(prompt.length === 0 ? [] : texts(body.system).map((content) => ({ role: 'system', content }))),
      ...prompt.map((content) => ({ role: 'user', content })),
    ];
  }
  const messages = Array.isArray(body.messages) ? (body.messages as JsonObject[]) : [];
  return messages.map(({ role, content }) => ({ role: String(role), content: texts(content).join('') }));
}

function toolsOf({ tools }: JsonObject): string[] {
  const list = Array.isArray(tools) ? (tools as JsonObject[]) : [];
  return list.flatMap((tool) => texts((tool.function as JsonObject | undefined)?.name));
}

/** `/api/chat` and `/api/generate`: an answer, or without a prompt a load or an unload. */
export async function textRoute(state: FakeState, exchange: FakeExchange): Promise<void> {
  const checked = readBody(state, exchange);
  if (checked === null) return;
  const { body, entry } = exchange;
  const isChat = entry.path === '/api/chat';
  const { num_predict: predict, stop } = checked.options;
  const ask: FakeAsk = {
    ...checked,
    messages: messagesOf(body, isChat),
    format: body.format ?? undefined,
    thinks: body.think !== false,
    tools: toolsOf(body),
    stop: texts(stop),
    limitTokens: typeof predict === 'number' && predict > 0 ? predict : null,
    isStream: body.stream !== false,
    truncate: body.truncate !== false,
  };
  const needs = [
    isChat ? 'chat' : 'generate',
    ...(ask.tools.length > 0 ? (['tools'] as const) : []),
    // `false` is always safe; left out it is what the model can.
    ...(body.think === undefined || body.think === null || body.think === false ? [] : (['thinking'] as const)),
  ] as const;
  const dialect = ollamaDialect(isChat, state.engine !== null);
  if (ask.messages.length > 0) await answerText(state, exchange, ask, dialect, needs);
  else await residency(state, exchange, ask, isChat);
}

/** A request without a prompt: `keep_alive` 0 unloads at once or once nobody has the model, everything else loads. */
async function residency(state: FakeState, exchange: FakeExchange, ask: FakeAsk, isChat: boolean): Promise<void> {
  const fault = takeFault(state, exchange, ask);
  if (fault !== null && (await playFirst(exchange, fault))) return;
  const missing = findMissingCapability(ask, [isChat ? 'chat' : 'generate']);
  if (missing !== null) {
    exchange.json(400, ollamaError(missing));
    return;
  }
  const noText: JsonObject = isChat ? { message: { role: 'assistant', content: '' } } : { response: '' };
  const head = { model: ask.model.model, created_at: '2026-01-01T00:00:00Z', ...noText, done: true };
  if (ask.keepMs === 0) {
    state.memory.expire(ask.model.model);
    exchange.json(200, { ...head, done_reason: 'unload' });
    return;
  }
  const runner = await makeReady(state, exchange, ask, fault);
  if (typeof runner === 'string') {
    refuse(exchange, { error: ollamaError }, runner);
    return;
  }
  state.memory.release(runner);
  exchange.json(200, { ...head, done_reason: 'load' });
}
