import { poolError } from '../../calls/call-error.js';
import { readJson } from '../http/read-json.js';
import { sendJson } from '../http/send-json.js';
import type { Exchange, Route, RouteParts } from '../route.js';
import { answerHeaders } from './answer/answer-headers.js';
import type { AnswerShape } from './answer/answer-shape.js';
import { chatShape } from './answer/chat-shape.js';
import { collectAnswer } from './answer/collect-answer.js';
import { completionShape } from './answer/completion-shape.js';
import { embeddingList } from './answer/embedding-list.js';
import { modelBody, modelList } from './answer/model-list.js';
import { sendOpenAiError } from './answer/openai-error.js';
import { streamAnswer } from './answer/stream-answer.js';
import { chooseEmbedder, chooseTarget } from './call/choose-target.js';
import { findServedModel, listServedModels } from './call/served-models.js';
import { readChatRequest } from './request/chat-request.js';
import { readCompletionRequest } from './request/completion-request.js';
import { readEmbeddingRequest } from './request/embedding-request.js';
import type { RequestedCall } from './request/requested-call.js';

/** OpenAI's routes: a request is read, becomes a call of the pool, and its events or its result the answer. */
export function openAiRoutes(parts: RouteParts): readonly Route[] {
  const { pool, maxBodyBytes } = parts;
  const fail = sendOpenAiError;
  const served = async () => listServedModels((await pool.status()).models);

  const text = (path: string, read: (body: unknown) => RequestedCall, shape: AnswerShape): Route => ({
    method: 'POST',
    path,
    run: async ({ request, response, signal }) => {
      const requested = read(await readJson(request, maxBodyBytes));
      const target = chooseTarget(findServedModel(await served(), requested.model), requested);
      const { isStream, includesUsage, isOneTool } = requested;
      // A whole answer may begin anew on another model; of a stream the client has read a part.
      const events = pool.call({ ...requested.call, ...target, replayable: !isStream, signal });
      if (isStream) await streamAnswer(events, response, { shape, parts, includesUsage, isOneTool });
      else await collectAnswer(events, response, shape, isOneTool);
    },
    fail,
  });

  const embed = async ({ request, response, signal }: Exchange) => {
    const requested = readEmbeddingRequest(await readJson(request, maxBodyBytes));
    const found = findServedModel(await served(), requested.model);
    const { input, user } = requested;
    const labels = user === null ? undefined : { userId: user };
    const result = await pool.embed({ input, ...chooseEmbedder(found), labels, signal });
    const { end, requestId } = result;
    if (found.model !== null && found.model !== end.model)
      throw poolError(
        'backend-down',
        `${found.model} cannot be had, and vectors of ${end.model} do not compare with its own`,
      );
    sendJson(response, 200, embeddingList(result, requested), answerHeaders(end, requestId));
  };

  return [
    text('/v1/chat/completions', readChatRequest, chatShape),
    text('/v1/completions', readCompletionRequest, completionShape),
    { method: 'POST', path: '/v1/embeddings', run: embed, fail },
    {
      method: 'GET',
      path: '/v1/models',
      run: async ({ response }) => sendJson(response, 200, modelList(await served())),
      fail,
    },
    {
      method: 'GET',
      path: '/v1/models/',
      run: async ({ response, id }) => sendJson(response, 200, modelBody(findServedModel(await served(), id))),
      fail,
    },
  ];
}
