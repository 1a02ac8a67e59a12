import * as z from 'zod/mini';
import { parseRequest } from './parse-request.js';
import { refuseParameter } from './refuse-parameter.js';

/** A request for vectors of OpenAI's API. */
export interface RequestedEmbedding {
  /** Name of the model that is asked for. */
  readonly model: string;
  /** The texts. */
  readonly input: readonly string[];
  /** How a vector is written. */
  readonly encoding: 'float' | 'base64';
  /** Length that the vectors must have; `null` = any. */
  readonly dimensions: number | null;
  /** The user. */
  readonly user: string | null;
}

const embeddingBody = z.object({
  model: z.optional(z.string().check(z.minLength(1), z.maxLength(300))),
  input: z.unknown(),
  encoding_format: z.optional(z.enum(['float', 'base64'])),
  dimensions: z.optional(z.int().check(z.gte(1))),
  user: z.optional(z.string().check(z.maxLength(200))),
});

const rules = { ignored: [], unsupported: {} };
const mostTexts = 2048;

function readInput(input: unknown): readonly string[] {
  const texts: readonly unknown[] = Array.isArray(input) ? input : [input];
  if (texts.length === 0 || texts.length > mostTexts)
    refuseParameter('input', `'input' must have 1 to ${mostTexts} texts`);
  return texts.map((text, index) => {
    if (typeof text === 'string' && text !== '') return text;
    const place = Array.isArray(input) ? `input[${index}]` : 'input';
    if (typeof text === 'number' || Array.isArray(text))
      refuseParameter('input', "'input' must be text: tokens are another matter for every model");
    return refuseParameter(place, `'${place}' must be text that is not empty`);
  });
}

/** Reads the body of `POST /v1/embeddings`. @throws ModelPoolError `rejected` */
export function readEmbeddingRequest(body: unknown): RequestedEmbedding {
  const request = parseRequest(embeddingBody, rules, body);
  return {
    model: request.model ?? 'tale/embed',
    input: readInput(request.input),
    encoding: request.encoding_format ?? 'float',
    dimensions: request.dimensions ?? null,
    user: request.user ?? null,
  };
}
