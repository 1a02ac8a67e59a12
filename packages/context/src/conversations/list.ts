import { cleanText } from '../clean-text.js';
import { searchWords } from '../search/search-words.js';
import type { StoreQueries } from '../store/contract.js';
import { conversationOf } from './conversation-of.js';
import type { ConversationPage, ListConversations } from './types.js';

const most = 1_000;
const mostFound = 2_000;

/** A page of conversations, the one that changed last first. */
export async function listConversations(queries: StoreQueries, options: ListConversations): Promise<ConversationPage> {
  const owner = cleanText(options.owner ?? 'local');
  const limit = Math.min(most, Math.max(1, options.limit ?? 50));
  const rows = await queries.conversations.list({
    owner,
    project: options.project == null ? options.project : cleanText(options.project),
    folder: options.folder == null ? options.folder : cleanText(options.folder),
    archived: options.archived,
    ...(options.text === undefined ? {} : await textFilter(queries, owner, cleanText(options.text))),
    before: options.before === undefined ? undefined : parsePosition(options.before),
    limit: limit + 1,
  });
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  return {
    conversations: page.map(conversationOf),
    next: rows.length > limit && last ? `${last.updatedAtMs}.${last.num}` : null,
  };
}

/** Conversations whose messages hold all words of the text, beside those whose title holds the text. */
async function textFilter(queries: StoreQueries, owner: string, text: string) {
  const hits = await queries.index.search({
    scope: { owner, kinds: ['message'], withPrivate: true },
    words: searchWords(text),
    match: 'all',
    limit: mostFound,
  });
  const messages = await queries.messages.byNum(hits.map(({ num }) => num));
  const ids = [...new Set(messages.map(({ conversationId }) => conversationId))];
  const found = await Promise.all(ids.map((id) => queries.conversations.get(id)));
  return { titleText: text, nums: found.flatMap((row) => (row ? [row.num] : [])) };
}

function parsePosition(text: string): { updatedAtMs: number; num: number } {
  const [, updatedAtMs, num] = /^(\d+)\.(\d+)$/.exec(text) ?? [];
  return { updatedAtMs: Number(updatedAtMs ?? 0), num: Number(num ?? 0) };
}
