import { createHash } from 'node:crypto';
import type { JsonObject } from '../../types.js';
import type { FakeAnswer, FakeDialect } from '../fake-ollama/dialect.js';
import type { FakeServes } from '../fake-ollama/options.js';
import { serverError } from './server-error.js';

/** What an answer under `/v1` depends on beside its text. */
export interface OpenAiDialectOptions {
  /** Who answers: Ollama and llama-server differ in all that OpenAI leaves open. */
  readonly serves: FakeServes;
  /** Whether it is a chat. */
  readonly isChat: boolean;
  /** Whether the stream tells its usage. */
  readonly includesUsage: boolean;
}

/** One event. */
export const eventOf = (value: JsonObject): string => `data: ${JSON.stringify(value)}\n\n`;

function callsOf({ model, toolCalls }: FakeAnswer) {
  return toolCalls.map((call, index) => ({
    index,
    id: `call_${createHash('sha256')
      .update(`${model} ${index} ${JSON.stringify(call)}`)
      .digest('hex')
      .slice(0, 8)}`,
    name: call.name,
    arguments: JSON.stringify(call.arguments),
  }));
}

const wholeCall = ({ index, id, name, arguments: given }: ReturnType<typeof callsOf>[number]): JsonObject => ({
  ...{ index, id, type: 'function' },
  function: { name, arguments: given },
});

/** A call as llama-server streams it: id and name, then the arguments in pieces. */
const partsOf = ({ index, id, name, arguments: given }: ReturnType<typeof callsOf>[number]): JsonObject[] => [
  { index, id, type: 'function', function: { name, arguments: '' } },
  ...(given.match(/.{1,5}/gsu) ?? []).map((piece) => ({ index, function: { arguments: piece } })),
];

/** `/v1/chat/completions` or `/v1/completions`. */
export function openAiDialect({ serves, isChat, includesUsage }: OpenAiDialectOptions): FakeDialect {
  const isOllama = serves === 'ollama';
  const head = ({ model }: FakeAnswer, kind: string): JsonObject => ({
    id: 'chatcmpl-1',
    object: isChat ? `chat.completion${kind}` : 'text_completion',
    created: 1_767_225_600,
    model,
    system_fingerprint: isOllama ? 'fp_ollama' : 'b9999-fake',
  });
  const chunk = (answer: FakeAnswer, choice: JsonObject): JsonObject => ({
    ...head(answer, '.chunk'),
    choices: [{ index: 0, finish_reason: null, ...choice }],
  });
  const delta = (answer: FakeAnswer, value: JsonObject) => chunk(answer, { delta: value });
  const said = (text: string, thinking: string): JsonObject => ({
    content: text,
    ...(thinking === '' ? {} : { [isOllama ? 'reasoning' : 'reasoning_content']: thinking }),
  });
  const usage = ({ inputTokens, outputTokens, cachedTokens }: FakeAnswer): JsonObject => ({
    prompt_tokens: inputTokens,
    completion_tokens: outputTokens,
    ...(cachedTokens === null ? {} : { prompt_tokens_details: { cached_tokens: cachedTokens } }),
  });
  const timings = ({ inputTokens, outputTokens, cachedTokens, times }: FakeAnswer): JsonObject =>
    isOllama
      ? {}
      : {
          timings: {
            cache_n: cachedTokens ?? 0,
            prompt_n: inputTokens - (cachedTokens ?? 0),
            prompt_ms: times.prefillMs,
            predicted_n: outputTokens,
            predicted_ms: times.decodeMs,
          },
        };
  const finish = ({ finish: reason, toolCalls }: FakeAnswer) => (toolCalls.length > 0 ? 'tool_calls' : reason);
  return {
    contentType: 'text/event-stream',
    terminator: 'data: [DONE]\n\n',
    frame: eventOf,
    open: (answer) => (isOllama || !isChat ? [] : [delta(answer, { role: 'assistant', content: null })]),
    piece(answer, kind, text) {
      if (!isChat) return chunk(answer, { text: kind === 'text' ? text : '' });
      const role = isOllama && answer.outputTokens === 1 ? { role: 'assistant' } : {};
      return delta(answer, { ...role, ...(kind === 'text' ? said(text, '') : said('', text)) });
    },
    close(answer) {
      const calls = callsOf(answer);
      const told =
        calls.length === 0 ? [] : isOllama ? [calls.map(wholeCall)] : calls.flatMap(partsOf).map((part) => [part]);
      return [
        ...told.map((parts) => delta(answer, { tool_calls: parts })),
        chunk(answer, { ...(isChat ? { delta: {} } : { text: '' }), finish_reason: finish(answer) }),
        ...(includesUsage
          ? [{ ...head(answer, '.chunk'), choices: [], usage: usage(answer), ...timings(answer) }]
          : []),
      ];
    },
    whole(answer) {
      const calls = callsOf(answer).map(wholeCall);
      const message = {
        role: 'assistant',
        ...said(answer.text, answer.thinking),
        ...(calls.length === 0 ? {} : { tool_calls: calls }),
      };
      return {
        ...head(answer, ''),
        choices: [{ index: 0, finish_reason: finish(answer), ...(isChat ? { message } : { text: answer.text }) }],
        usage: usage(answer),
        ...timings(answer),
      };
    },
    error: (message, status) => serverError(serves, message, status),
    // Ollama reads the failure of its own stream as an answer in which everything is empty.
    lineError: (message) =>
      isOllama
        ? {
            ...head({ model: '' } as FakeAnswer, '.chunk'),
            choices: [{ index: 0, finish_reason: null, ...(isChat ? { delta: { content: '' } } : { text: '' }) }],
          }
        : serverError(serves, message, 500),
  };
}
