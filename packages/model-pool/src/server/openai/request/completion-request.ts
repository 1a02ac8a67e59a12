import * as z from 'zod/mini';
import { ignoredParameters, unsupportedCompletionParameters } from './parameters.js';
import { parseRequest } from './parse-request.js';
import { refuseParameter } from './refuse-parameter.js';
import type { RequestedCall } from './requested-call.js';
import { samplingOptions, samplingShape } from './sampling.js';

const completionBody = z.object({ ...samplingShape, prompt: z.unknown() });

const rules = { ignored: ignoredParameters, unsupported: unsupportedCompletionParameters };

function readPrompt(prompt: unknown): string {
  if (typeof prompt === 'string') return prompt;
  if (!Array.isArray(prompt)) refuseParameter('prompt', "'prompt' must be text");
  const [only] = prompt as readonly unknown[];
  if (prompt.length === 1 && typeof only === 'string') return only;
  refuseParameter('prompt', "'prompt' must be one text: several of them, and tokens, are not supported here");
}

/** Reads the body of `POST /v1/completions`. @throws ModelPoolError `rejected` */
export function readCompletionRequest(body: unknown): RequestedCall {
  const request = parseRequest(completionBody, rules, body);
  return {
    model: request.model ?? 'tale/auto',
    call: { ...samplingOptions(request), prompt: readPrompt(request.prompt) },
    effort: null,
    isStream: request.stream ?? false,
    includesUsage: request.stream_options?.include_usage ?? false,
    isOneTool: false,
  };
}
