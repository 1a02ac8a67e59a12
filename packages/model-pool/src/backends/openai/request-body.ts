import type { ChatMessage, JsonObject, Think, ToolDefinition } from '../../types.js';
import type { TextRequest } from '../backend.js';
import type { OptionalPart } from './refusals.js';
import { isStrictSchema } from './strict-schema.js';

/**
 * Body of `/chat/completions`. A prompt is sent as a chat of one message: what `/completions` reads has no template, so that
 * the same call would mean another thing here than on Ollama.
 *
 * @param refused - parts that this server refused before
 */
export function chatBody(request: TextRequest, refused: ReadonlySet<OptionalPart>): JsonObject {
  const { profile, messages, prompt, system, format, temperature, topP, seed, stop } = request;
  const asked: readonly ChatMessage[] = messages ?? [{ role: 'user', content: prompt ?? '' }];
  const head: ChatMessage[] = system === null ? [] : [{ role: 'system', content: system }];
  return {
    model: profile.model,
    messages: [...head, ...asked].map(messageBody),
    stream: true,
    stream_options: { include_usage: true },
    ...(temperature === null ? {} : { temperature }),
    ...(topP === null ? {} : { top_p: topP }),
    ...(seed === null ? {} : { seed }),
    ...(stop.length === 0 ? {} : { stop }),
    ...limitBody(request, refused),
    ...formatBody(format, refused),
    // As with Ollama: what keeps a format does not think.
    ...thinkBody(format === undefined ? request.think : false, refused),
    ...toolsBody(request),
  };
}

/** A limit that is not below the context says nothing, and vLLM refuses a prompt and a limit that together exceed the context. */
function limitBody({ profile, maxOutputTokens }: TextRequest, refused: ReadonlySet<OptionalPart>): JsonObject {
  if (maxOutputTokens >= profile.contextTokens) return {};
  return { [refused.has('max_tokens') ? 'max_completion_tokens' : 'max_tokens']: maxOutputTokens };
}

function formatBody(format: TextRequest['format'], refused: ReadonlySet<OptionalPart>): JsonObject {
  if (format === undefined) return {};
  if (format === 'json' && !refused.has('json_object')) return { response_format: { type: 'json_object' } };
  const schema = format === 'json' ? { type: 'object' } : format;
  return {
    response_format: { type: 'json_schema', json_schema: { name: 'answer', strict: isStrictSchema(schema), schema } },
  };
}

/**
 * Whether the model thinks. `reasoning_effort` is read by OpenAI, Ollama, LM Studio and newer vLLM and llama-server; the
 * template's own switch by vLLM and llama-server of every age. `xhigh` is the highest effort that all of them know.
 *
 * @see {@link https://github.com/vllm-project/vllm/pull/43401 | vLLM}
 * @see {@link https://github.com/ggml-org/llama.cpp/blob/master/tools/server/README.md | llama-server}
 */
function thinkBody(think: Think, refused: ReadonlySet<OptionalPart>): JsonObject {
  const effort = think === false ? 'none' : think === true ? null : think === 'max' ? 'xhigh' : think;
  return {
    ...(effort === null || refused.has('reasoning_effort') ? {} : { reasoning_effort: effort }),
    ...(refused.has('chat_template_kwargs') ? {} : { chat_template_kwargs: { enable_thinking: think !== false } }),
  };
}

/**
 * What is not offered cannot be called, even where a server does not read `tool_choice`; one tool and `required` is understood
 * by more servers than the tool's name.
 */
function toolsBody({ tools, toolChoice }: TextRequest): JsonObject {
  const offered = tools.filter(
    ({ name }) => toolChoice !== 'none' && (typeof toolChoice === 'string' || toolChoice.name === name),
  );
  if (offered.length === 0) return {};
  return {
    tools: offered.map(toolBody),
    ...(toolChoice === 'auto' ? {} : { tool_choice: 'required' }),
  };
}

function toolBody({ name, description, parameters }: ToolDefinition): JsonObject {
  return { type: 'function', function: { name, ...(description === undefined ? {} : { description }), parameters } };
}

function messageBody({ role, content, toolCalls = [], toolCallId, toolName }: ChatMessage): JsonObject {
  if (role === 'tool')
    return {
      role,
      content,
      ...(toolCallId === undefined ? {} : { tool_call_id: toolCallId }),
      ...(toolCallId !== undefined || toolName === undefined ? {} : { name: toolName }),
    };
  if (toolCalls.length === 0) return { role, content };
  return {
    role,
    content: content === '' ? null : content,
    tool_calls: toolCalls.map(({ id, name, arguments: given }) => ({
      id,
      type: 'function',
      function: { name, arguments: JSON.stringify(given) },
    })),
  };
}
