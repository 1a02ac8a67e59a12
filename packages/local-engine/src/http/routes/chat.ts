import { chatText } from '../../wire/answers.js';
import { readOptions } from '../../wire/call-options.js';
import { parseKeepAlive } from '../../wire/keep-alive.js';
import { chatRequest, readRequest, refuseUnsupported } from '../../wire/requests.js';
import type { Route } from '../route.js';
import { answerCall } from './answer-call.js';

/** POST `/api/chat`. */
export const chatRoute: Route = async (request, parts) => {
  const body = readRequest(chatRequest, request.body);
  const keepAliveMs = parseKeepAlive(body.keep_alive);
  const options = readOptions(body.options);
  const messages = body.messages ?? [];
  refuseUnsupported(body.model, { ...body, images: messages.flatMap((message) => message.images ?? []) });
  const manifest = await parts.models.find(body.model);
  const { sampling, maxTokens } = options;
  await answerCall(
    {
      manifest,
      head: { model: body.model, shape: chatText },
      call:
        messages.length === 0
          ? null
          : {
              kind: 'chat',
              messages: messages.map(({ role, content }) => ({ role, content })),
              truncate: body.truncate ?? true,
              sampling,
              maxTokens,
            },
      options,
      keepAliveMs,
      isStream: body.stream ?? true,
    },
    request,
    parts,
  );
};
