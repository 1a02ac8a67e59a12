import * as z from 'zod/mini';
import type { ChatMessage, JsonObject, ToolCall } from '../../../types.js';
import { refuseParameter } from './refuse-parameter.js';

const part = z.looseObject({ type: z.string(), text: z.nullish(z.string()), refusal: z.nullish(z.string()) });

const toolCall = z.looseObject({
  id: z.string(),
  type: z.nullish(z.string()),
  function: z.nullish(z.looseObject({ name: z.string(), arguments: z.string() })),
});

/** Messages; what clients send beside it, such as an answer as it came, does not matter. */
export const messagesSchema = z
  .array(
    z.looseObject({
      role: z.enum(['system', 'developer', 'user', 'assistant', 'tool', 'function']),
      content: z.nullish(z.union([z.string(), z.array(part)])),
      tool_calls: z.nullish(z.array(toolCall)),
      tool_call_id: z.nullish(z.string()),
      function_call: z.nullish(z.unknown()),
    }),
  )
  .check(z.minLength(1));

type Message = z.output<typeof messagesSchema>[number];

const kinds: Readonly<Record<string, string>> = {
  image_url: 'images cannot be read here: give text alone',
  input_audio: 'sound cannot be heard here: give text alone',
  file: 'files cannot be read here: give their text',
};

function readContent(content: Message['content'], place: string): string {
  if (typeof content === 'string') return content;
  const texts = (content ?? []).map(({ type, text, refusal }, index) => {
    const said = type === 'refusal' ? refusal : type === 'text' ? text : null;
    if (typeof said === 'string') return said;
    return refuseParameter(
      `${place}.content[${index}]`,
      kinds[type] ?? `a part of type '${type}' is not known, or has no text`,
    );
  });
  return texts.join('\n');
}

function readArguments(text: string, place: string): JsonObject {
  if (text.trim() === '') return {};
  try {
    const value: unknown = JSON.parse(text);
    if (value !== null && typeof value === 'object' && !Array.isArray(value)) return value as JsonObject;
  } catch {}
  refuseParameter(place, `'${place}' must be a JSON object, as text`);
}

function readToolCalls(message: Message, place: string): readonly ToolCall[] {
  return (message.tool_calls ?? []).map(({ id, type, function: called }, index) => {
    const here = `${place}.tool_calls[${index}]`;
    if (called === null || called === undefined || (type ?? 'function') !== 'function')
      refuseParameter(here, `'${here}' must be a call of a function`);
    return { id, name: called.name, arguments: readArguments(called.arguments, `${here}.function.arguments`) };
  });
}

/** The messages of a call. @throws ModelPoolError `rejected` with the place of what cannot be read */
export function readMessages(messages: readonly Message[]): readonly ChatMessage[] {
  const names = new Map<string, string>();
  return messages.map((message, index): ChatMessage => {
    const place = `messages[${index}]`;
    const { role } = message;
    if (role === 'function' || (message.function_call ?? null) !== null)
      refuseParameter(place, 'functions are not supported here; give tools', 'unsupported_parameter');
    const content = readContent(message.content, place);
    if (role === 'tool') {
      const id = message.tool_call_id ?? refuseParameter(place, `'${place}' must have a tool_call_id`);
      const toolName = names.get(id);
      return { role, content, toolCallId: id, ...(toolName === undefined ? {} : { toolName }) };
    }
    const toolCalls = role === 'assistant' ? readToolCalls(message, place) : [];
    for (const { id, name } of toolCalls) names.set(id, name);
    if (message.content === undefined && toolCalls.length === 0)
      refuseParameter(`${place}.content`, `'${place}' must have content`);
    return {
      role: role === 'developer' ? 'system' : role,
      content,
      ...(toolCalls.length === 0 ? {} : { toolCalls }),
    };
  });
}
