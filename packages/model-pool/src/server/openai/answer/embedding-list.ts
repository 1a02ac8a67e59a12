import type { EmbedResult } from '../../../types.js';
import type { RequestedEmbedding } from '../request/embedding-request.js';
import { refuseParameter } from '../request/refuse-parameter.js';

/** A vector as 32-bit floats, little-endian, which OpenAI's own clients ask for. */
function toBase64(vector: readonly number[]): string {
  const bytes = Buffer.allocUnsafe(vector.length * 4);
  for (const [index, value] of vector.entries()) bytes.writeFloatLE(value, index * 4);
  return bytes.toString('base64');
}

/** The answer of `POST /v1/embeddings`. @throws ModelPoolError `rejected` where vectors of another length were asked for */
export function embeddingList(
  { embeddings, end }: EmbedResult,
  { encoding, dimensions }: Pick<RequestedEmbedding, 'encoding' | 'dimensions'>,
): object {
  const length = embeddings[0]?.length ?? 0;
  if (dimensions !== null && dimensions !== length)
    refuseParameter('dimensions', `vectors of ${end.model} have ${length} dimensions and cannot be shortened`);
  const { inputTokens } = end.usage;
  return {
    object: 'list',
    data: embeddings.map((vector, index) => ({
      object: 'embedding',
      index,
      embedding: encoding === 'base64' ? toBase64(vector) : vector,
    })),
    model: end.model,
    usage: { prompt_tokens: inputTokens, total_tokens: inputTokens },
  };
}
