import { readFormat } from '../../../wire/answer-format.js';
import { demandAbilities } from '../../../wire/capabilities.js';
import { parseKeepAlive } from '../../../wire/ollama/keep-alive.js';
import { toChatMessages } from '../../../wire/ollama/messages.js';
import { readOptions } from '../../../wire/ollama/options.js';
import { chatRequest } from '../../../wire/ollama/requests.js';
import { type OllamaHead, ollamaText, residencyAnswer } from '../../../wire/ollama/text-shape.js';
import { readThink } from '../../../wire/ollama/think.js';
import { readRequest } from '../../../wire/read-request.js';
import { refuseFormatWithTools, toToolFunctions } from '../../../wire/tools.js';
import { answerText } from '../../answer-text.js';
import type { Route } from '../../route.js';
import { logIgnored } from './log-ignored.js';
import { changeResidency } from './residency.js';

/** POST `/api/chat`. */
export const chatRoute: Route = async (request, parts) => {
  const body = readRequest(chatRequest, request.body);
  const { sampling, maxTokens, ...options } = readOptions(body.options);
  const wishes = { keepAliveMs: parseKeepAlive(body.keep_alive), options };
  const messages = body.messages ?? [];
  const tools = toToolFunctions(body.tools);
  const think = readThink(body.think);
  const format = readFormat(body.format);
  refuseFormatWithTools(format, tools);
  const manifest = await parts.models.find(body.model);
  demandAbilities(body.model, parts.models.capabilities(manifest), {
    chat: messages.length > 0,
    vision: messages.some(({ images }) => images?.length),
    tools: tools.length > 0,
    thinking: think === true,
    logprobs: body.logprobs === true,
  });
  logIgnored(parts.logger, manifest.name, { options: options.unknown });
  const head: OllamaHead = { route: 'chat', model: body.model, now: () => parts.clock.now() };
  if (messages.length === 0) {
    return request.answer.json(residencyAnswer(head, await changeResidency(manifest, wishes, request, parts)));
  }
  await answerText(
    {
      manifest,
      call: {
        kind: 'chat',
        messages: toChatMessages(messages),
        truncate: body.truncate ?? true,
        ...{ tools, think, format, sampling, maxTokens },
      },
      wishes,
      shape: ollamaText(head),
      isStream: body.stream ?? true,
    },
    request,
    parts,
  );
};
