import * as z from 'zod/mini';
import type { ChatMessage } from '../../runner/protocol.js';
import { jsonObject } from '../read-request.js';

/** The list `messages` of `/api/chat`. */
export const chatMessages = z.array(
  z.looseObject({
    role: z.enum(['system', 'user', 'assistant', 'tool']),
    content: z._default(z.nullable(z.string()), ''),
    images: z.nullish(z.array(z.unknown())),
    tool_calls: z.nullish(
      z.array(
        z.looseObject({
          id: z.nullish(z.string()),
          function: z.looseObject({
            name: z.string().check(z.minLength(1)),
            arguments: z._default(z.nullable(jsonObject), {}),
          }),
        }),
      ),
    ),
    tool_call_id: z.nullish(z.string()),
    tool_name: z.nullish(z.string()),
  }),
);

/** The messages of a request. Calls without an id get one by their place, so that the same conversation stays the same. */
export function toChatMessages(messages: z.output<typeof chatMessages>): ChatMessage[] {
  let calls = 0;
  return messages.map(({ role, content, tool_calls: toolCalls, tool_call_id: toolCallId, tool_name: toolName }) => ({
    role,
    content: content ?? '',
    ...(toolCalls?.length && {
      toolCalls: toolCalls.map(({ id, function: called }) => ({
        id: id || `call_${calls++}`,
        name: called.name,
        arguments: called.arguments ?? {},
      })),
    }),
    ...(toolCallId && { toolCallId }),
    ...(toolName && { toolName }),
  }));
}
