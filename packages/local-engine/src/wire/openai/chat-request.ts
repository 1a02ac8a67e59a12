import * as z from 'zod/mini';
import type { AnswerFormat, ToolFunction } from '../../runner/protocol.js';
import { invalidRequest, jsonObject } from '../read-request.js';
import { toolList, toToolFunctions } from '../tools.js';
import { openaiMessages } from './messages.js';
import { textKeys } from './sampling.js';

/** Body of `/v1/chat/completions`. */
export const openaiChatRequest = z.looseObject({
  ...textKeys,
  messages: openaiMessages.check(z.minLength(1)),
  max_completion_tokens: z.nullish(z.int().check(z.gte(1))),
  response_format: z.nullish(
    z.discriminatedUnion('type', [
      z.looseObject({ type: z.literal('text') }),
      z.looseObject({ type: z.literal('json_object') }),
      z.looseObject({ type: z.literal('json_schema'), json_schema: z.looseObject({ schema: jsonObject }) }),
    ]),
  ),
  tools: toolList,
  tool_choice: z.optional(z.unknown()),
  reasoning_effort: z.nullish(z.enum(['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'])),
  logprobs: z.nullish(z.boolean()),
});

type Body = z.output<typeof openaiChatRequest>;

/** The shape that `response_format` asks for. */
export function readResponseFormat({ response_format: format }: Body): AnswerFormat | null {
  if (format?.type === 'json_object') return { kind: 'json' };
  if (format?.type === 'json_schema') return { kind: 'schema', schema: format.json_schema.schema };
  return null;
}

/** The functions that the model may call. @throws LocalEngineError `invalid-request` for a choice that cannot be enforced */
export function readOfferedTools({ tools, tool_choice: choice }: Body): ToolFunction[] {
  if (choice === 'none') return [];
  if (choice !== undefined && choice !== null && choice !== 'auto') {
    throw invalidRequest('tool_choice must be "auto" or "none": a model cannot be made to call a tool');
  }
  return toToolFunctions(tools);
}

/** `reasoning_effort`: `none` = no thinking, any level = thinking, nothing = as the model does. */
export function readReasoning({ reasoning_effort: effort }: Body): boolean | null {
  return effort === null || effort === undefined ? null : effort !== 'none';
}
