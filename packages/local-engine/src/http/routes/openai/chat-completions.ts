import { demandAbilities } from '../../../wire/capabilities.js';
import {
  openaiChatRequest,
  readOfferedTools,
  readReasoning,
  readResponseFormat,
} from '../../../wire/openai/chat-request.js';
import { fromOpenaiMessages, hasMedia } from '../../../wire/openai/messages.js';
import { openaiChat } from '../../../wire/openai/text-shape.js';
import { readRequest } from '../../../wire/read-request.js';
import { refuseFormatWithTools } from '../../../wire/tools.js';
import type { Route } from '../../route.js';
import { answerOpenaiText } from './answer-openai-text.js';

/** POST `/v1/chat/completions`. */
export const openaiChatRoute: Route = async (request, parts) => {
  const body = readRequest(openaiChatRequest, request.body);
  const tools = readOfferedTools(body);
  const think = readReasoning(body);
  const format = readResponseFormat(body);
  refuseFormatWithTools(format, tools);
  const messages = fromOpenaiMessages(body.messages);
  const manifest = await parts.models.find(body.model);
  demandAbilities(body.model, parts.models.capabilities(manifest), {
    chat: true,
    vision: hasMedia(body.messages),
    tools: tools.length > 0,
    thinking: think === true,
    logprobs: body.logprobs === true,
  });
  const maxTokens = body.max_completion_tokens ?? body.max_tokens ?? null;
  const asked = { messages, tools, think, format, maxTokens };
  await answerOpenaiText({ body, manifest, asked, idPrefix: 'chatcmpl', shape: openaiChat }, request, parts);
};
