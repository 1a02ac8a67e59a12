import { demandAbilities } from '../../../wire/capabilities.js';
import { completionRequest } from '../../../wire/openai/completion-request.js';
import { openaiCompletion } from '../../../wire/openai/text-shape.js';
import { invalidRequest, readRequest } from '../../../wire/read-request.js';
import type { Route } from '../../route.js';
import { answerOpenaiText } from './answer-openai-text.js';

/** POST `/v1/completions`: the prompt is a message in the model's template, as in Ollama. */
export const completionRoute: Route = async (request, parts) => {
  const body = readRequest(completionRequest, request.body);
  if (body.prompt === '') throw invalidRequest('prompt must not be empty');
  const manifest = await parts.models.find(body.model);
  demandAbilities(body.model, parts.models.capabilities(manifest), {
    generate: true,
    insert: Boolean(body.suffix),
    logprobs: Boolean(body.logprobs),
  });
  const asked = {
    ...{ messages: [{ role: 'user', content: body.prompt }] as const, tools: [], think: null, format: null },
    maxTokens: body.max_tokens ?? null,
  };
  await answerOpenaiText({ body, manifest, asked, idPrefix: 'cmpl', shape: openaiCompletion }, request, parts);
};
