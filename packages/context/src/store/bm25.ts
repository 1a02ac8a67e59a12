const k1 = 1.2;
const b = 0.75;
const leastIdf = 1e-6;

/** What BM25 needs to know of a text and its query. */
export interface Bm25Input {
  /** Of each word of the query how often the text holds it and how many texts do. */
  readonly phrases: readonly { readonly count: number; readonly documents: number }[];
  /** Number of texts. */
  readonly documents: number;
  /** Length of the text. */
  readonly tokens: number;
  /** Mean length of a text. */
  readonly averageTokens: number;
}

/** How rare a word is; words in more than half of the texts count next to nothing, as in SQLite's FTS5. */
export function inverseFrequency(withWord: number, documents: number): number {
  return Math.max(leastIdf, Math.log((documents - withWord + 0.5) / (withWord + 0.5)));
}

/** BM25 with k1 1.2 and b 0.75, higher is better: the formula of SQLite's `bm25()` with the sign turned. */
export function bm25({ phrases, documents, tokens, averageTokens }: Bm25Input): number {
  const length = k1 * (1 - b + b * (tokens / averageTokens));
  return phrases.reduce(
    (score, { count, documents: withWord }) =>
      score + inverseFrequency(withWord, documents) * ((count * (k1 + 1)) / (count + length)),
    0,
  );
}
