import * as z from 'zod/mini';
import type { CallRequest } from '../../../types.js';

/** The most tokens that a call may ask for; more is no more. */
const mostTokens = 1_000_000;
const wholeNumbers = 2 ** 32;

/** A number of tokens. */
export const tokenCount = z.int().check(z.gte(1));

/** Parameters that chats and completions share. */
export const samplingShape = {
  model: z.optional(z.string().check(z.minLength(1), z.maxLength(300))),
  temperature: z.optional(z.number().check(z.gte(0), z.lte(2))),
  top_p: z.optional(z.number().check(z.gte(0), z.lte(1))),
  seed: z.optional(z.int()),
  stop: z.optional(z.union([z.string(), z.array(z.string()).check(z.maxLength(16))])),
  max_tokens: z.optional(tokenCount),
  stream: z.optional(z.boolean()),
  stream_options: z.optional(z.looseObject({ include_usage: z.nullish(z.boolean()) })),
  user: z.optional(z.string().check(z.maxLength(200))),
  safety_identifier: z.optional(z.string().check(z.maxLength(200))),
} as const;

const sampling = z.object(samplingShape);

/** The options of a call that {@link samplingShape} stands for. */
export function samplingOptions(
  body: z.output<typeof sampling>,
): Pick<CallRequest, 'temperature' | 'topP' | 'seed' | 'stop' | 'maxOutputTokens' | 'labels'> {
  const { temperature, top_p: topP, seed, stop, user = body.safety_identifier } = body;
  const stops = (typeof stop === 'string' ? [stop] : (stop ?? [])).filter((text) => text !== '');
  return {
    temperature,
    // OpenAI takes 0 for the likeliest token alone, and so does the least share.
    topP: topP === 0 ? 1e-6 : topP,
    // OpenAI's seeds are 64 bits with a sign.
    seed: seed === undefined ? undefined : ((seed % wholeNumbers) + wholeNumbers) % wholeNumbers,
    stop: stops.length > 0 ? stops : undefined,
    maxOutputTokens: limitTokens(body.max_tokens),
    labels: user === undefined ? undefined : { userId: user },
  };
}

/** A limit that the pool takes. */
export function limitTokens(tokens: number | undefined): number | undefined {
  return tokens === undefined ? undefined : Math.min(tokens, mostTokens);
}
