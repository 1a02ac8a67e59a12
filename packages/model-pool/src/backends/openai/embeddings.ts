import { poolError } from '../../calls/call-error.js';
import type { JsonObject } from '../../types.js';
import type { EmbedEnd } from '../backend.js';
import { readCount } from '../read-count.js';

const broken = (message: string) => poolError('stream-broken', message, { details: { fault: 'bad-vectors' } });

function readVector(value: unknown): number[] {
  if (Array.isArray(value) && value.length > 0 && value.every((item) => Number.isFinite(item))) return value;
  throw broken('a vector of the answer is no list of numbers');
}

/**
 * Answer of `/embeddings`: one vector per text, in the order of the texts.
 *
 * @throws ModelPoolError `stream-broken` where a vector is missing or has another length than the others
 */
export function readEmbeddings(answer: JsonObject, count: number): EmbedEnd {
  const entries = Array.isArray(answer.data) ? (answer.data as JsonObject[]) : [];
  const embeddings = new Array<number[] | undefined>(count).fill(undefined);
  for (const [position, entry] of entries.entries()) {
    const index = typeof entry?.index === 'number' ? entry.index : position;
    if (!(index in embeddings) || embeddings[index] !== undefined)
      throw broken(`the answer has no place for vector ${index}`);
    embeddings[index] = readVector(entry?.embedding);
  }
  const vectors = embeddings.filter((vector) => vector !== undefined);
  if (vectors.length < count) throw broken(`the answer has ${vectors.length} vectors for ${count} texts`);
  if (new Set(vectors.map(({ length }) => length)).size > 1) throw broken('the vectors differ in length');
  const usage = (answer.usage ?? {}) as JsonObject;
  return { embeddings: vectors, inputTokens: readCount(usage.prompt_tokens) };
}
