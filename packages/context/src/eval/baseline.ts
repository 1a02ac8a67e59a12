import { estimateTokens } from '../recall/estimate-tokens.js';
import { stopWords } from '../recall/stop-words.js';
import { bm25 } from '../store/bm25.js';
import { indexTokens } from '../store/index-tokens.js';
import { type Answered, tokenBudgets } from './measures.js';
import type { DataSet } from './read-data.js';

interface Entry {
  readonly id: string;
  readonly conversation: string;
  readonly tokens: number;
  readonly counts: ReadonlyMap<string, number>;
  readonly size: number;
}

/** Text of a message of the data as it is stored. */
export function storedText({
  speaker,
  text,
}: {
  readonly speaker?: string | undefined;
  readonly text: string;
}): string {
  return speaker === undefined ? text : `${speaker}: ${text}`;
}

/** Plain BM25 over whole messages in the question's conversation: any of its words but stop words, no weights, no excerpts. */
export function plainBm25({ conversations, queries }: DataSet): Answered[] {
  const entries: Entry[] = [];
  const documents = new Map<string, number>();
  for (const { id: conversation, sessions } of conversations) {
    for (const message of sessions.flatMap(({ messages }) => messages)) {
      const text = storedText(message);
      const found = indexTokens(text);
      const counts = new Map<string, number>();
      for (const token of found) counts.set(token, (counts.get(token) ?? 0) + 1);
      for (const token of counts.keys()) documents.set(token, (documents.get(token) ?? 0) + 1);
      entries.push({ id: message.id, conversation, tokens: found.length, counts, size: estimateTokens(text) });
    }
  }
  const averageTokens = entries.reduce((sum, { tokens }) => sum + tokens, 0) / Math.max(1, entries.length);
  return queries.map((query) => {
    const all = query.text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
    const content = all.filter((word) => !stopWords.has(word));
    const words = [...new Set((content.length > 0 ? content : all).flatMap(indexTokens))];
    const scored = entries
      .filter(
        ({ conversation, counts }) => conversation === query.conversation && words.some((word) => counts.has(word)),
      )
      .map((entry) => {
        const phrases = words.map((word) => ({
          count: entry.counts.get(word) ?? 0,
          documents: documents.get(word) ?? 0,
        }));
        return { entry, score: bm25({ phrases, documents: entries.length, tokens: entry.tokens, averageTokens }) };
      })
      .toSorted((first, second) => second.score - first.score);
    const ranked = scored.map(({ entry }) => entry);
    return { query, ranking: ranked.map(({ id }) => [id]), inTokens: inTokens(ranked) };
  });
}

function inTokens(ranked: readonly Entry[]): Answered['inTokens'] {
  const within = (budget: number) => {
    const found = new Set<string>();
    let left = budget;
    for (const { id, size } of ranked) {
      if (size > left) break;
      left -= size;
      found.add(id);
    }
    return found;
  };
  const [first, second, third, fourth] = tokenBudgets;
  return {
    [first]: within(first),
    [second]: within(second),
    [third]: within(third),
    [fourth]: within(fourth),
  } as Answered['inTokens'];
}
