import { sql } from 'kysely';
import type { Heir } from '../conversations/fork.js';
import type { ConversationRow } from '../store/contract.js';
import { type Deletion, deleteSummaries } from './delete-rows.js';

/**
 * Gives the messages that forks share to one of them, and the other forks to it as well, all in one transaction. Summaries of the shared part
 * go: they are made anew.
 */
export async function handOver(
  deletion: Deletion,
  conversation: ConversationRow,
  heir: Heir,
  forks: readonly Heir[],
): Promise<void> {
  const { db, queries } = deletion;
  const lastShared = heir.forkSeq;
  const shared = await db
    .selectFrom('context_messages')
    .select(['num', 'status', 'role'])
    .where('conversation_id', '=', conversation.id)
    .where('seq', '<=', lastShared)
    .orderBy('seq')
    .execute();
  const summaries = await queries.summaries.covering(conversation.id, 0, lastShared);
  await deleteSummaries(deletion, summaries);
  for (const { num: rawNum } of shared) {
    const num = Number(rawNum);
    const [message] = await queries.messages.byNum([num]);
    // Taken out and in again: the index says which conversation a row belongs to.
    await queries.messages.write(num, {
      conversationId: heir.id,
      ...(message?.status === 'open' ? { status: 'aborted' as const } : {}),
    });
    await db.updateTable('context_links').set({ conversation_id: heir.id }).where('message_num', '=', num).execute();
  }
  await sql`update context_blocks set conversation_id = ${heir.id} where conversation_id = ${conversation.id}
    and seq <= ${lastShared}`.execute(db);
  await queries.conversations.update(heir.id, {
    parentId: conversation.parentId,
    forkSeq: Math.min(lastShared, conversation.forkSeq),
  });
  for (const fork of forks) {
    if (fork.id !== heir.id) await queries.conversations.update(fork.id, { parentId: heir.id });
  }
}
