import * as z from 'zod/mini';
import type { ChatMessage, JsonObject, ToolRequest } from '../../runner/protocol.js';
import { invalidRequest, jsonObject } from '../read-request.js';

const part = z.looseObject({ type: z.string(), text: z.nullish(z.string()) });

/** The list `messages` of `/v1/chat/completions`. */
export const openaiMessages = z.array(
  z.looseObject({
    role: z.enum(['system', 'developer', 'user', 'assistant', 'tool']),
    content: z.nullish(z.union([z.string(), z.array(part)])),
    tool_calls: z.nullish(
      z.array(
        z.looseObject({
          id: z.nullish(z.string()),
          function: z.looseObject({
            name: z.string().check(z.minLength(1)),
            arguments: z.nullish(z.union([z.string(), jsonObject])),
          }),
        }),
      ),
    ),
    tool_call_id: z.nullish(z.string()),
    name: z.nullish(z.string()),
  }),
);

type Messages = z.output<typeof openaiMessages>;
type Content = Messages[number]['content'];

/** Whether a message holds something else than text. */
export function hasMedia(messages: Messages): boolean {
  return messages.some(
    ({ content }) => Array.isArray(content) && content.some(({ type }) => type !== 'text' && type !== 'refusal'),
  );
}

/** The messages of a request. @throws LocalEngineError `invalid-request` for arguments that are no JSON object */
export function fromOpenaiMessages(messages: Messages): ChatMessage[] {
  let calls = 0;
  return messages.map(
    ({ role, content, tool_calls: toolCalls, tool_call_id: toolCallId, name }): ChatMessage => ({
      role: role === 'developer' ? 'system' : role,
      content: textOf(content),
      ...(toolCalls?.length && {
        toolCalls: toolCalls.map(
          ({ id, function: called }): ToolRequest => ({
            id: id || `call_${calls++}`,
            name: called.name,
            arguments: readArguments(called.arguments),
          }),
        ),
      }),
      ...(role === 'tool' && toolCallId && { toolCallId }),
      ...(role === 'tool' && name && { toolName: name }),
    }),
  );
}

function textOf(content: Content): string {
  return Array.isArray(content) ? content.map(({ text }) => text ?? '').join('') : (content ?? '');
}

function readArguments(given: string | JsonObject | null | undefined): JsonObject {
  if (typeof given !== 'string') return given ?? {};
  if (given.trim() === '') return {};
  let value: unknown;
  try {
    value = JSON.parse(given);
  } catch {}
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalidRequest('invalid request: arguments of a tool call are no JSON object');
  }
  return value as JsonObject;
}
