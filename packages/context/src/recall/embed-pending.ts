import type { ContextStore, StoreQueries } from '../store/contract.js';
import type { Embed } from '../types.js';

/** What making vectors needs. */
export interface EmbedParts {
  readonly store: ContextStore;
  readonly embed: Embed;
  readonly limit: number;
}

type Missing = Awaited<ReturnType<StoreQueries['vectors']['missing']>>[number];

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
  await store.write(
    async (queries) => {
      const standing = await standingTexts(queries, missing);
      await queries.vectors.put(rows.filter((_, index) => standing.get(missing[index]!.num) === missing[index]!.text));
    },
    { signal },
  );
  return rows.length;
}

/** Texts by num as they are now: what was deleted or redacted while its vector was made gets none. */
async function standingTexts(queries: StoreQueries, of: readonly Missing[]): Promise<ReadonlyMap<number, string>> {
  const numsOf = (kind: Missing['kind']) => of.filter((row) => row.kind === kind).map(({ num }) => num);
  const rows = [
    ...(await queries.messages.byNum(numsOf('message'))),
    ...(await queries.memories.byNum(numsOf('memory'))),
    ...(await queries.summaries.byNum(numsOf('summary'))),
  ];
  return new Map(rows.map(({ num, text }) => [num, text]));
}
