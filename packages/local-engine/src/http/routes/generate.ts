import type { ChatMessage } from '../../runner/protocol.js';
import { generateText } from '../../wire/answers.js';
import { readOptions } from '../../wire/call-options.js';
import { parseKeepAlive } from '../../wire/keep-alive.js';
import { generateRequest, readRequest, refuseUnsupported } from '../../wire/requests.js';
import type { Route } from '../route.js';
import { answerCall } from './answer-call.js';

/** POST `/api/generate`. */
export const generateRoute: Route = async (request, parts) => {
  const body = readRequest(generateRequest, request.body);
  const keepAliveMs = parseKeepAlive(body.keep_alive);
  const options = readOptions(body.options);
  refuseUnsupported(body.model, body);
  const manifest = await parts.models.find(body.model);
  if (body.context !== undefined) parts.logger.warn({ model: manifest.name }, 'context is ignored');
  const prompt = body.prompt ?? '';
  const { sampling, maxTokens } = options;
  const system: ChatMessage[] = body.system ? [{ role: 'system', content: body.system }] : [];
  await answerCall(
    {
      manifest,
      head: { model: body.model, shape: generateText },
      call:
        prompt === ''
          ? null
          : body.raw
            ? { kind: 'raw', prompt, sampling, maxTokens }
            : {
                kind: 'chat',
                messages: [...system, { role: 'user', content: prompt }],
                truncate: true,
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
