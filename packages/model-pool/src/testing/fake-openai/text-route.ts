import type { JsonObject } from '../../types.js';
import { answerText } from '../fake-ollama/answer-text.js';
import type { FakeAsk, FakeMessage } from '../fake-ollama/ask.js';
import type { FakeExchange } from '../fake-ollama/exchange.js';
import { nameOf } from '../fake-ollama/request-body.js';
import type { FakeState } from '../fake-ollama/state.js';
import { openAiDialect } from './dialect.js';
import { refuseLoading } from './loading.js';
import { serverError } from './server-error.js';

const texts = (value: unknown): string[] =>
  (Array.isArray(value) ? value : [value]).filter((item): item is string => typeof item === 'string');

const part = (value: unknown): JsonObject => (value !== null && typeof value === 'object' ? (value as JsonObject) : {});

function contentOf(content: unknown): string {
  if (!Array.isArray(content)) return texts(content).join('');
  return content.flatMap((item) => texts(part(item).text)).join('');
}

/** Messages of a chat, or a prompt as one. */
export function messagesOf(body: JsonObject, isChat: boolean): FakeMessage[] {
  if (!isChat) return texts(body.prompt).map((content) => ({ role: 'user', content }));
  const messages = Array.isArray(body.messages) ? body.messages : [];
  return messages.map((message) => ({ role: String(part(message).role), content: contentOf(part(message).content) }));
}

function formatOf(body: JsonObject): unknown {
  const { type, json_schema: named, schema } = part(body.response_format);
  if (type === 'json_object') return schema ?? 'json';
  return type === 'json_schema' ? part(named).schema : undefined;
}

function limitOf({ max_tokens: limit, max_completion_tokens: other }: JsonObject): number | null {
  const given = limit ?? other;
  return typeof given === 'number' && given > 0 ? given : null;
}

/** `/v1/chat/completions` and `/v1/completions`. */
export async function openAiTextRoute(state: FakeState, exchange: FakeExchange): Promise<void> {
  const { body, entry } = exchange;
  const { serves } = state;
  if (refuseLoading(state, exchange)) return;
  const isChat = entry.path.endsWith('/chat/completions');
  const fail = (message: string, status: number) => exchange.json(status, serverError(serves, message, status));
  const model = state.models.get(nameOf(body));
  if (model === undefined) return fail(`model '${nameOf(body)}' not found`, 404);
  const messages = messagesOf(body, isChat);
  if (messages.length === 0) return fail(isChat ? "[] is too short - 'messages'" : "'prompt' is required", 400);
  const isOllama = serves === 'ollama';
  const effort = body.reasoning_effort;
  const switchedOff = !isOllama && part(body.chat_template_kwargs).enable_thinking === false;
  const ask: FakeAsk = {
    model,
    messages,
    format: isChat ? formatOf(body) : undefined,
    thinks: isChat && effort !== 'none' && !switchedOff,
    tools: (Array.isArray(body.tools) ? body.tools : []).flatMap((tool) => texts(part(part(tool).function).name)),
    stop: texts(body.stop),
    limitTokens: limitOf(body),
    isStream: body.stream === true,
    // llama-server does not shift a prompt; Ollama cuts it without a word.
    truncate: isOllama,
    options: {},
    keepMs: isOllama ? undefined : Number.POSITIVE_INFINITY,
  };
  const wantsThinking = isOllama && effort !== undefined && effort !== null && effort !== 'none';
  const needs = [
    isChat ? 'chat' : 'generate',
    ...(ask.tools.length > 0 ? (['tools'] as const) : []),
    ...(wantsThinking ? (['thinking'] as const) : []),
  ] as const;
  const includesUsage = part(body.stream_options).include_usage === true;
  await answerText(state, exchange, ask, openAiDialect({ serves, isChat, includesUsage }), needs);
}
