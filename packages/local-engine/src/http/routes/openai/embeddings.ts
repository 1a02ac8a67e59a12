import { openaiEmbeddingsAnswer, openaiEmbeddingsRequest } from '../../../wire/openai/embeddings.js';
import { readRequest } from '../../../wire/read-request.js';
import { toCallOptions } from '../../call-wishes.js';
import type { Route } from '../../route.js';

/** POST `/v1/embeddings`. */
export const openaiEmbeddingsRoute: Route = async (request, { models }) => {
  const { model, input, encoding_format: encoding, dimensions } = readRequest(openaiEmbeddingsRequest, request.body);
  const manifest = await models.find(model);
  const result = await models
    .runner(manifest)
    .call(
      { kind: 'embed', input: typeof input === 'string' ? [input] : input, truncate: true },
      toCallOptions({ keepAliveMs: null }, manifest, request, models),
    );
  const facts = { encoding: encoding ?? 'float', dimensions: dimensions ?? null } as const;
  request.answer.json(openaiEmbeddingsAnswer(model, result, facts));
};
