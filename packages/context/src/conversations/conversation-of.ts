import { ContextError } from '../errors.js';
import type { ConversationRow, StoreQueries } from '../store/contract.js';
import type { Conversation } from './types.js';

/** A stored conversation as callers see it. */
export function conversationOf(row: ConversationRow): Conversation {
  const { num: _num, isTitled: _titled, ownerNum: _owner, projectNum: _project, closedAtMs: _closed, ...rest } = row;
  return rest;
}

/** The stored conversation, unless there is none or it is being deleted. */
export async function requireConversation(queries: StoreQueries, id: string): Promise<ConversationRow> {
  const row = await queries.conversations.get(id);
  if (!row) throw new ContextError('not-found', `There is no conversation ${id}.`, { id });
  if (row.closedAtMs !== null) throw closedError(id);
  return row;
}

/** Says that a conversation takes nothing any more. */
export function closedError(id: string): ContextError {
  return new ContextError('conversation-closed', `Conversation ${id} is being deleted.`, { id });
}
