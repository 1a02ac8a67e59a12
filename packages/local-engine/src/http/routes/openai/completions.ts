import { demandAbilities } from '../../../wire/capabilities.js';
import { completionRequest } from '../../../wire/openai/completion-request.js';
import { readSampling } from '../../../wire/openai/sampling.js';
import { openaiCompletion } from '../../../wire/openai/text-shape.js';
import { invalidRequest, readRequest } from '../../../wire/read-request.js';
import { answerText } from '../../answer-text.js';
import type { Route } from '../../route.js';

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
  await answerText(
    {
      manifest,
      call: {
        ...{ kind: 'chat', messages: [{ role: 'user', content: body.prompt }], truncate: true, tools: [] },
        ...{ think: null, format: null, sampling: readSampling(body), maxTokens: body.max_tokens ?? null },
      },
      wishes: { keepAliveMs: null },
      shape: openaiCompletion({
        id: `cmpl-${parts.createId()}`,
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
