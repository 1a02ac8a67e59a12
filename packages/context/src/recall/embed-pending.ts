import type { ContextStore } from '../store/contract.js';
import type { Embed } from '../types.js';

/** What making vectors needs. */
export interface EmbedParts {
  readonly store: ContextStore;
  readonly embed: Embed;
  readonly limit: number;
}

const longestText = 4_000;

/** Makes vectors of texts that have none, the oldest first. Resolves with how many. */
export async function embedPending(
  { store, embed, limit }: EmbedParts,
  signal: AbortSignal | undefined,
): Promise<number> {
  const missing = await store.read((queries) => queries.vectors.missing(embed.id, limit), { signal });
  if (missing.length === 0) return 0;
  const vectors = await embed.embed(
    missing.map(({ text }) => text.slice(0, longestText)),
    { signal },
  );
  signal?.throwIfAborted();
  const rows = missing.map(({ num, kind }, index) => {
    const vector = vectors[index];
    if (vector?.length !== embed.dimensions)
      throw new RangeError(`the embedder ${embed.id} gave no vector of ${embed.dimensions} numbers`);
    return { num, kind, embedder: embed.id, vector };
  });
  await store.write((queries) => queries.vectors.put(rows), { signal });
  return rows.length;
}
