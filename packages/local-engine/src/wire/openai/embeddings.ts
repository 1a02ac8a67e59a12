import * as z from 'zod/mini';
import type { RunnerResults } from '../../runner/protocol.js';
import { modelName } from '../read-request.js';
import { shortenVector } from '../vectors.js';

const text = z.string().check(z.minLength(1));

/** Body of `/v1/embeddings`. */
export const openaiEmbeddingsRequest = z.looseObject({
  model: modelName,
  input: z.union([text, z.array(text).check(z.minLength(1))]),
  encoding_format: z.nullish(z.enum(['float', 'base64'])),
  dimensions: z.nullish(z.int().check(z.gte(1))),
});

/** Answer of `/v1/embeddings`. */
export function openaiEmbeddingsAnswer(
  model: string,
  { vectors, promptTokens }: RunnerResults['embed'],
  { encoding, dimensions }: { encoding: 'float' | 'base64'; dimensions: number | null },
): object {
  const data = vectors.map((vector, index) => {
    const values = shortenVector(vector, dimensions);
    return { object: 'embedding', index, embedding: encoding === 'base64' ? toBase64(values) : values };
  });
  return { object: 'list', data, model, usage: { prompt_tokens: promptTokens, total_tokens: promptTokens } };
}

/** Values as little-endian 32-bit floats in base64. */
export function toBase64(values: readonly number[]): string {
  const bytes = Buffer.alloc(4 * values.length);
  for (const [index, value] of values.entries()) bytes.writeFloatLE(value, 4 * index);
  return bytes.toString('base64');
}
