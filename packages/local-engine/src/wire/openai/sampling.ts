import * as z from 'zod/mini';
import type { Sampling } from '../../runner/protocol.js';
import { readStop } from '../ollama/options.js';
import { modelName } from '../read-request.js';

/** Keys of both text routes. */
export const textKeys = {
  model: modelName,
  temperature: z.nullish(z.number().check(z.gte(0), z.lte(100))),
  top_p: z.nullish(z.number().check(z.gte(0), z.lte(1))),
  seed: z.nullish(z.int()),
  stop: z.nullish(z.union([z.string(), z.array(z.string())])),
  max_tokens: z.nullish(z.int().check(z.gte(1))),
  presence_penalty: z.nullish(z.number().check(z.gte(-2), z.lte(2))),
  frequency_penalty: z.nullish(z.number().check(z.gte(-2), z.lte(2))),
  stream: z.nullish(z.boolean()),
  stream_options: z.nullish(z.looseObject({ include_usage: z.nullish(z.boolean()) })),
  n: z.nullish(z.literal(1, 'only 1 is supported')),
};

/** What a body of either text route has. */
export type OpenaiTextBody = z.output<z.ZodMiniObject<typeof textKeys>>;

/** Sampling with OpenAI's defaults, which Ollama has on these routes too: temperature 1, top-p 1. */
export function readSampling(body: OpenaiTextBody): Sampling {
  return {
    temperature: body.temperature ?? 1,
    topK: 40,
    topP: body.top_p ?? 1,
    minP: 0,
    seed: body.seed === null || body.seed === undefined || body.seed < 0 ? null : body.seed % 2 ** 32,
    stop: readStop(body.stop),
    repeatPenalty: 1,
    repeatLastTokens: 64,
    presencePenalty: body.presence_penalty ?? 0,
    frequencyPenalty: body.frequency_penalty ?? 0,
  };
}
