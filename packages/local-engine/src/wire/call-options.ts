import * as z from 'zod/mini';
import type { Sampling } from '../runner/protocol.js';

const optionsSchema = z.looseObject({
  temperature: z.optional(z.number().check(z.gte(0), z.lte(100))),
  top_k: z.optional(z.int().check(z.gte(0))),
  top_p: z.optional(z.number().check(z.gte(0), z.lte(1))),
  min_p: z.optional(z.number().check(z.gte(0), z.lte(1))),
  seed: z.optional(z.int()),
  stop: z.optional(z.union([z.string(), z.array(z.string()).check(z.maxLength(64))])),
  num_predict: z.optional(z.int()),
  num_ctx: z.optional(z.int().check(z.gte(1))),
  repeat_penalty: z.optional(z.number().check(z.gt(0))),
  repeat_last_n: z.optional(z.int()),
});

/** The part of a request's `options` that this engine knows; other keys pass. */
export const callOptions = z.nullish(optionsSchema);

type WireOptions = z.infer<typeof optionsSchema>;

/** A request's options with Ollama's defaults. */
export interface ReadOptions {
  readonly sampling: Sampling;
  /** `null` = as many as fit, at most ten contexts. */ readonly maxTokens: number | null;
  /** `null` = the engine's default. */ readonly contextTokens: number | null;
  /** Keys that have no effect. */ readonly unknown: readonly string[];
}

const known = new Set(Object.keys(optionsSchema.shape));

/** Fills in Ollama's defaults: temperature 0.8, top-k 40, top-p 0.9, no repeat penalty. */
export function readOptions(options: WireOptions | null | undefined): ReadOptions {
  const stop = options?.stop ?? [];
  const predict = options?.num_predict ?? -1;
  return {
    sampling: {
      temperature: options?.temperature ?? 0.8,
      topK: options?.top_k ?? 40,
      topP: options?.top_p ?? 0.9,
      minP: options?.min_p ?? 0,
      // Negative is "another one each time" in Ollama; the engine's seeds are 32 bits.
      seed: options?.seed === undefined || options.seed < 0 ? null : options.seed % 2 ** 32,
      stop: (Array.isArray(stop) ? stop : [stop]).filter((text) => text !== ''),
      repeatPenalty: options?.repeat_penalty ?? 1,
      repeatLastTokens: Math.max(0, options?.repeat_last_n ?? 64),
    },
    maxTokens: predict > 0 ? predict : null,
    contextTokens: options?.num_ctx ?? null,
    unknown: Object.keys(options ?? {}).filter((key) => !known.has(key)),
  };
}
