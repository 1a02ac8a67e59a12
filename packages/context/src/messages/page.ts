import { requireConversation } from '../conversations/conversation-of.js';
import type { StoreQueries } from '../store/contract.js';
import type { MessagePage, PageOptions } from './types.js';

const most = 1_000;

/** A page of messages by seq: the newest ones, or those before or after a place. */
export async function readPage(
  queries: StoreQueries,
  conversationId: string,
  { before, after, limit = 100 }: PageOptions,
): Promise<MessagePage> {
  await requireConversation(queries, conversationId);
  const count = Math.min(most, Math.max(1, limit));
  const isForward = after !== undefined;
  const rows = await queries.messages.range(conversationId, {
    fromSeq: isForward ? after + 1 : undefined,
    toSeq: before === undefined ? undefined : before - 1,
    limit: count + 1,
    newestFirst: !isForward,
  });
  const isMore = rows.length > count;
  const page = isForward ? rows.slice(0, count) : rows.slice(0, count).reverse();
  const messages = page.map(({ num: _num, ...message }) => ({ ...message, conversationId }));
  const [first, last] = [messages[0], messages.at(-1)];
  const isFirst = isForward ? after < 1 : !isMore;
  const isLast = isForward ? !isMore : before === undefined;
  return { messages, before: isFirst || !first ? null : first.seq, after: isLast || !last ? null : last.seq };
}
