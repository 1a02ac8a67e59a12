import { cleanText } from '../clean-text.js';
import type { IndexQuery, StoreQueries } from '../store/contract.js';
import type { OpenStore } from '../store/open-store.js';
import { markWords } from './mark.js';
import { searchWords } from './search-words.js';
import type { SearchHit, SearchOptions, SearchResult } from './types.js';

const most = 200;
const nothing: SearchResult = { hits: [], allWords: true, next: null };

/** Finds messages for people: those with all words, and only where there are none, those with any. */
export function searchMessages(store: OpenStore, options: SearchOptions): Promise<SearchResult> {
  return store.read((queries) => search(queries, options), options);
}

async function search(queries: StoreQueries, options: SearchOptions): Promise<SearchResult> {
  const words = searchWords(cleanText(options.text));
  if (words.length === 0) return nothing;
  const limit = Math.min(most, Math.max(1, options.limit ?? 20));
  const query: Omit<IndexQuery, 'match'> = {
    scope: {
      owner: ownerOf(options),
      project: options.project == null ? options.project : cleanText(options.project),
      conversationId: options.conversationId === undefined ? undefined : cleanText(options.conversationId),
      kinds: ['message'],
      roles: options.role ? [options.role] : undefined,
      withPrivate: true,
    },
    words,
    limit: limit + 1,
    order: options.order === 'newest' ? 'newest' : 'score',
    sinceMs: options.since,
    untilMs: options.until,
    before: options.before === undefined ? undefined : parsePosition(options.before),
  };
  const all = await queries.index.search({ ...query, match: 'all' });
  const found = all.length > 0 || words.length === 1 ? all : await queries.index.search({ ...query, match: 'any' });
  const messages = new Map((await queries.messages.byNum(found.map(({ num }) => num))).map((row) => [row.num, row]));
  const titles = new Map<string, string | null>();
  const hits: SearchHit[] = [];
  for (const { num } of found.slice(0, limit)) {
    const message = messages.get(num);
    if (!message) continue;
    const { id, conversationId, seq, role, createdAtMs, text } = message;
    if (!titles.has(conversationId)) {
      titles.set(conversationId, (await queries.conversations.get(conversationId))?.title ?? null);
    }
    const title = titles.get(conversationId) ?? null;
    hits.push({ messageId: id, conversationId, title, seq, role, createdAtMs, ...markWords(text, words) });
  }
  const last = messages.get(found[limit - 1]?.num ?? -1);
  const isMore = options.order === 'newest' && found.length > limit && last !== undefined;
  return { hits, allWords: found === all, next: isMore ? `${last.createdAtMs}.${last.num}` : null };
}

/** A conversation that is named says itself whose it is. */
function ownerOf({ owner, conversationId }: SearchOptions): string | undefined {
  if (owner !== undefined) return cleanText(owner);
  return conversationId === undefined ? 'local' : undefined;
}

function parsePosition(text: string): { atMs: number; num: number } {
  const [, atMs, num] = /^(-?\d+)\.(\d+)$/.exec(text) ?? [];
  return { atMs: Number(atMs ?? 0), num: Number(num ?? 0) };
}
