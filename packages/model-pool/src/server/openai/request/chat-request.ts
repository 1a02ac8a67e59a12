import * as z from 'zod/mini';
import { messagesSchema, readMessages } from './chat-messages.js';
import {
  readResponseFormat,
  readToolChoice,
  readTools,
  responseFormatSchema,
  toolChoiceSchema,
  toolsSchema,
} from './chat-tools.js';
import { ignoredParameters, unsupportedChatParameters } from './parameters.js';
import { parseRequest } from './parse-request.js';
import type { RequestedCall } from './requested-call.js';
import { limitTokens, samplingOptions, samplingShape, tokenCount } from './sampling.js';

const chatBody = z.object({
  ...samplingShape,
  messages: messagesSchema,
  tools: z.optional(toolsSchema),
  tool_choice: z.optional(toolChoiceSchema),
  parallel_tool_calls: z.optional(z.boolean()),
  response_format: z.optional(responseFormatSchema),
  max_completion_tokens: z.optional(tokenCount),
  reasoning_effort: z.optional(z.enum(['none', 'minimal', 'low', 'medium', 'high', 'xhigh'])),
});

const rules = { ignored: ignoredParameters, unsupported: unsupportedChatParameters };

/** Reads the body of `POST /v1/chat/completions`. @throws ModelPoolError `rejected` */
export function readChatRequest(body: unknown): RequestedCall {
  const request = parseRequest(chatBody, rules, body);
  const { tools = [], tool_choice: choice, response_format: format } = request;
  const options = samplingOptions(request);
  return {
    model: request.model ?? 'tale/auto',
    call: {
      ...options,
      messages: readMessages(request.messages),
      maxOutputTokens: limitTokens(request.max_completion_tokens) ?? options.maxOutputTokens,
      format: format === undefined ? undefined : readResponseFormat(format),
      tools: tools.length === 0 ? undefined : readTools(tools),
      toolChoice: choice === undefined ? undefined : readToolChoice(choice),
    },
    effort: request.reasoning_effort ?? null,
    isStream: request.stream ?? false,
    includesUsage: request.stream_options?.include_usage ?? false,
    isOneTool: request.parallel_tool_calls === false,
  };
}
