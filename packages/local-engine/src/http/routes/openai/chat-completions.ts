import { demandAbilities } from '../../../wire/capabilities.js';
import {
  openaiChatRequest,
  readOfferedTools,
  readReasoning,
  readResponseFormat,
} from '../../../wire/openai/chat-request.js';
import { fromOpenaiMessages, hasMedia } from '../../../wire/openai/messages.js';
import { readSampling } from '../../../wire/openai/sampling.js';
import { openaiChat } from '../../../wire/openai/text-shape.js';
import { readRequest } from '../../../wire/read-request.js';
import { refuseFormatWithTools } from '../../../wire/tools.js';
import { answerText } from '../../answer-text.js';
import type { Route } from '../../route.js';

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
  await answerText(
    {
      manifest,
      call: {
        ...{ kind: 'chat', messages, truncate: true, tools, think, format },
        sampling: readSampling(body),
        maxTokens: body.max_completion_tokens ?? body.max_tokens ?? null,
      },
      wishes: { keepAliveMs: null },
      shape: openaiChat({
        id: `chatcmpl-${parts.createId()}`,
        model: body.model,
        createdAtMs: parts.clock.now(),
        includesUsage: body.stream_options?.include_usage ?? false,
      }),
      isStream: body.stream ?? false,
    },
    request,
    parts,
  );
};
