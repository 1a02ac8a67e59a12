import type { ContextStore } from '../store/contract.js';
import type { Embed } from '../types.js';
import type { FoundRow } from './find-candidates.js';

/** What a comparison needs. */
export interface CompareInput {
  readonly store: ContextStore;
  readonly text: string;
  readonly embed?: Embed | undefined;
  readonly signal?: AbortSignal | undefined;
  onEmbedError(error: unknown): void;
}

/** Likeness of the question to the rows that have a vector, by num; `null` where the embedder failed. */
export async function compareVectors(
  input: CompareInput,
  rows: readonly FoundRow[],
): Promise<Map<number, number> | null> {
  const { store, embed, signal } = input;
  if (!embed || rows.length === 0) return null;
  try {
    const stored = await store.read(
      (queries) =>
        queries.vectors.get(
          rows.map(({ num }) => num),
          embed.id,
        ),
      { signal },
    );
    if (stored.length === 0) return null;
    const [question] = await embed.embed([input.text], { signal });
    if (question?.length !== embed.dimensions)
      throw new RangeError(`the embedder ${embed.id} gave no vector of ${embed.dimensions} numbers`);
    return new Map(
      stored.flatMap(({ num, vector }) => (vector.length === question.length ? [[num, cosine(question, vector)]] : [])),
    );
  } catch (error) {
    if (signal?.aborted) throw error;
    input.onEmbedError(error);
    return null;
  }
}

/** Cosine of the angle between two vectors of equal length; 0 for a vector of zeros. */
export function cosine(first: Float32Array, second: Float32Array): number {
  let dot = 0;
  let firstSquares = 0;
  let secondSquares = 0;
  for (let index = 0; index < first.length; index++) {
    dot += first[index]! * second[index]!;
    firstSquares += first[index]! ** 2;
    secondSquares += second[index]! ** 2;
  }
  const size = Math.sqrt(firstSquares * secondSquares);
  return size > 0 ? dot / size : 0;
}
