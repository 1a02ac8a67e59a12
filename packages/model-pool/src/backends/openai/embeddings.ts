import { poolError } from '../../calls/call-error.js';
import type { JsonObject } from '../../types.js';
import type { EmbedEnd } from '../backend.js';
import { readCount } from '../read-count.js';
import { readVectors } from '../vectors.js';

/**
 * Answer of `/embeddings`: one vector per text, in the order of the texts.
 *
 * @throws ModelPoolError `stream-broken` where a vector is missing or has another length than the others
 */
export function readEmbeddings(answer: JsonObject, count: number): EmbedEnd {
  const entries = Array.isArray(answer.data) ? (answer.data as JsonObject[]) : [];
  const vectors = new Map<number, unknown>();
  for (const [position, entry] of entries.entries()) {
    const index = typeof entry?.index === 'number' ? entry.index : position;
    if (index < 0 || index >= count || !Number.isInteger(index) || vectors.has(index))
      throw poolError('stream-broken', `the answer has no place for vector ${index}`, {
        details: { fault: 'bad-vectors' },
      });
    vectors.set(index, entry?.embedding);
  }
  const inOrder = [...vectors].sort(([left], [right]) => left - right).map(([, vector]) => vector);
  const usage = (answer.usage ?? {}) as JsonObject;
  return { embeddings: readVectors(inOrder, count), inputTokens: readCount(usage.prompt_tokens) };
}
