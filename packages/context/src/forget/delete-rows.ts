import { sql } from 'kysely';
import type { MessageRow, StoreQueries } from '../store/contract.js';
import type { Tables } from '../store/index-driver.js';
import type { RowCounts } from './row-counts.js';

/** A transaction of a deletion. */
export interface Deletion {
  readonly db: Tables;
  readonly queries: StoreQueries;
  readonly rows: RowCounts;
}

/** Takes messages away with all that was made of them: their counts, vectors, links and blocks, the memories that rest on them, quotations. */
export async function deleteMessages(deletion: Deletion, messages: readonly MessageRow[]): Promise<void> {
  if (messages.length === 0) return;
  const { db, queries, rows } = deletion;
  const nums = messages.map(({ num }) => num);
  await deleteMadeOf(deletion, messages);
  rows.counts += await countOf(db, 'context_counts', 'num', nums);
  rows.vectors += await countOf(db, 'context_vectors', 'num', nums);
  rows.links += await countOf(db, 'context_links', 'message_num', nums);
  rows.messages += messages.length;
  rows.index += messages.filter(({ status, role }) => status !== 'open' && role !== 'system').length;
  await queries.messages.delete(nums);
}

/** What was made of messages and must not outlive their text: memories, blocks of their turns, quotations elsewhere. */
export async function deleteMadeOf(deletion: Deletion, messages: readonly MessageRow[]): Promise<void> {
  const { db, rows } = deletion;
  const nums = messages.map(({ num }) => num);
  const memories = await db
    .selectFrom('context_memories')
    .select(['num', 'id'])
    .where('source_num', 'in', nums)
    .execute();
  await deleteMemories(deletion, memories);
  for (const { conversationId, seq } of messages) {
    const { numDeletedRows } = await db
      .deleteFrom('context_blocks')
      .where('conversation_id', '=', conversationId)
      .where('seq', '=', seq)
      .executeTakeFirst();
    rows.blocks += Number(numDeletedRows);
  }
  await deleteQuotations(
    deletion,
    messages.map(({ id }) => id),
  );
}

/** Takes memories away, and blocks that quote them. */
export async function deleteMemories(
  deletion: Deletion,
  memories: readonly { readonly num: number; readonly id: string }[],
): Promise<void> {
  if (memories.length === 0) return;
  const { db, queries, rows } = deletion;
  const nums = memories.map(({ num }) => Number(num));
  const ids = memories.map(({ id }) => id);
  rows.vectors += await countOf(db, 'context_vectors', 'num', nums);
  rows.memories += nums.length;
  rows.index += nums.length;
  await db.updateTable('context_memories').set({ superseded_by: null }).where('superseded_by', 'in', ids).execute();
  await queries.memories.delete(nums);
  await deleteQuotations(deletion, ids);
}

/** Takes summaries away, and blocks that quote them. */
export async function deleteSummaries(
  deletion: Deletion,
  summaries: readonly { readonly num: number; readonly id: string; readonly state: string }[],
): Promise<void> {
  if (summaries.length === 0) return;
  const { db, queries, rows } = deletion;
  const nums = summaries.map(({ num }) => Number(num));
  rows.vectors += await countOf(db, 'context_vectors', 'num', nums);
  rows.summaries += nums.length;
  rows.index += summaries.filter(({ state }) => state === 'active').length;
  await queries.summaries.delete(nums);
  await deleteQuotations(
    deletion,
    summaries.map(({ id }) => id),
  );
}

/** Blocks hold excerpts of other rows word for word, in whatever conversation they were recalled. */
async function deleteQuotations({ db, rows }: Deletion, ids: readonly string[]): Promise<void> {
  const named = ids.map((id) => sql`sources like ${`%${JSON.stringify(id).replaceAll(/[!%_]/g, '!$&')}%`} escape '!'`);
  const { numAffectedRows } = await sql`delete from context_blocks where ${sql.join(named, sql` or `)}`.execute(db);
  rows.blocks += Number(numAffectedRows ?? 0);
}

async function countOf(
  db: Tables,
  table: 'context_counts' | 'context_vectors' | 'context_links',
  column: 'num' | 'message_num',
  nums: readonly number[],
): Promise<number> {
  const { rows } = await sql<{ n: number }>`select count(*) as n from ${sql.table(table)}
    where ${sql.ref(column)} in (${sql.join(nums)})`.execute(db);
  return Number(rows[0]!.n);
}
