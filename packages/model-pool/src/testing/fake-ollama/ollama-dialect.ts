import { createHash } from 'node:crypto';
import type { JsonObject } from '../../types.js';
import type { FakeAnswer, FakeDialect } from './dialect.js';

const nano = (ms: number) => (ms < 0 ? ms : Math.max(1, Math.round(ms * 1e6)));

/** One JSON object per line, as all of `/api` streams. */
export const lineOf = (value: JsonObject): string => `${JSON.stringify(value)}\n`;

/** `{"error":"…"}`, as all of `/api` fails. */
export const ollamaError = (message: string): JsonObject => ({ error: message });

function toolCallsOf({ toolCalls, model }: FakeAnswer): JsonObject {
  if (toolCalls.length === 0) return {};
  return {
    tool_calls: toolCalls.map((call, index) => ({
      id: `call_${createHash('sha256')
        .update(`${model} ${index} ${JSON.stringify(call)}`)
        .digest('hex')
        .slice(0, 8)}`,
      function: { index, name: call.name, arguments: call.arguments },
    })),
  };
}

/** `/api/chat` or `/api/generate`. An engine that is not Ollama also counts in every object and says what came from its cache. */
export function ollamaDialect(isChat: boolean, countsAlong: boolean): FakeDialect {
  const shape = (text: string, thinking: string, toolCalls: JsonObject): JsonObject => {
    const thought = thinking === '' ? {} : { thinking };
    return isChat
      ? { message: { role: 'assistant', content: text, ...thought, ...toolCalls } }
      : { response: text, ...thought };
  };
  const head = ({ model }: FakeAnswer) => ({ model, created_at: '2026-01-01T00:00:00Z' });
  const end = (answer: FakeAnswer): JsonObject => {
    const { inputTokens, outputTokens, cachedTokens, finish, times } = answer;
    return {
      done: true,
      done_reason: finish,
      total_duration: nano(times.totalMs),
      load_duration: nano(times.loadMs),
      prompt_eval_count: inputTokens,
      prompt_eval_duration: nano(times.prefillMs),
      // What is 0 is left out.
      ...(outputTokens === 0 ? {} : { eval_count: outputTokens, eval_duration: nano(times.decodeMs) }),
      ...(cachedTokens === null
        ? {}
        : { timings: { cache_n: cachedTokens, prompt_n: inputTokens - cachedTokens, predicted_n: outputTokens } }),
    };
  };
  return {
    contentType: 'application/x-ndjson',
    terminator: '',
    frame: lineOf,
    open: () => [],
    piece: (answer, kind, text) => ({
      ...head(answer),
      ...(kind === 'text' ? shape(text, '', {}) : shape('', text, {})),
      done: false,
      ...(countsAlong ? { prompt_eval_count: answer.inputTokens, eval_count: answer.outputTokens } : {}),
    }),
    close: (answer) => [{ ...head(answer), ...shape('', '', toolCallsOf(answer)), ...end(answer) }],
    whole: (answer) => ({
      ...head(answer),
      ...shape(answer.text, answer.thinking, toolCallsOf(answer)),
      ...end(answer),
    }),
    error: ollamaError,
  };
}
