import * as z from 'zod/mini';
import { textKeys } from './sampling.js';

/** Body of `/v1/completions`. */
export const completionRequest = z.looseObject({
  ...textKeys,
  prompt: z.union([
    z.string(),
    z.pipe(
      z.array(z.string()).check(z.length(1)),
      z.transform(([only]) => only ?? ''),
    ),
  ]),
  suffix: z.nullish(z.string()),
  echo: z.nullish(z.literal(false, 'only false is supported')),
  best_of: z.nullish(z.literal(1, 'only 1 is supported')),
  logprobs: z.nullish(z.int()),
});
