import { setImmediate as nextTurn } from 'node:timers/promises';
import { sql } from 'kysely';
import { chooseHeir } from '../conversations/fork.js';
import type { ConversationRow, StoreQueries } from '../store/contract.js';
import type { OpenStore } from '../store/open-store.js';
import { dropUnusedScopes } from '../store/queries/scope-numbers.js';
import { type Deletion, deleteMessages, deleteSummaries } from './delete-rows.js';
import { handOver } from './hand-over.js';
import type { RowCounts } from './row-counts.js';

const chunk = 10; // messages a transaction: FTS5's secure delete takes 8 ms for each

/** A deletion over many transactions. */
export interface Run {
  readonly store: OpenStore;
  readonly nowMs: number;
  readonly rows: RowCounts;
  readonly signal: AbortSignal | undefined;
}

/** One transaction of a deletion; the event loop runs before it. */
export async function step<Result>(run: Run, work: (deletion: Deletion) => Promise<Result>): Promise<Result> {
  await nextTurn();
  const { store, rows, signal } = run;
  const before = { ...rows };
  return store.transact((trx) => {
    Object.assign(rows, before); // of a try that was rolled back
    return work({ db: trx, queries: store.bind(trx), rows });
  }, signal);
}

/**
 * Deletes a conversation. It is closed first, so that nothing comes while its messages go in small transactions; run again after a crash it
 * goes on where it stopped.
 */
export async function deleteConversation(run: Run, id: string, forks: 'keep' | 'delete'): Promise<void> {
  const found = await step(run, async ({ queries }) => {
    const row = await queries.conversations.get(id);
    if (row && row.closedAtMs === null) await queries.conversations.update(id, { closedAtMs: run.nowMs });
    return row;
  });
  if (!found) return;
  if (forks === 'delete') {
    const children = await run.store.read((queries) => queries.conversations.forks(id));
    for (const child of children) await deleteConversation(run, child.id, forks);
  } else {
    await step(run, (deletion) => keepForks(deletion, id));
  }
  while ((await step(run, (deletion) => deleteSome(deletion, id))) > 0);
  await step(run, (deletion) => deleteRest(deletion, id));
}

async function keepForks(deletion: Deletion, id: string): Promise<void> {
  const { queries } = deletion;
  const conversation = await queries.conversations.get(id);
  const forks = await queries.conversations.forks(id);
  const heir = chooseHeir(forks.filter(isStanding));
  if (conversation && heir) await handOver(deletion, conversation, heir, forks);
}

const isStanding = ({ closedAtMs }: ConversationRow) => closedAtMs === null;

async function deleteSome(deletion: Deletion, id: string): Promise<number> {
  const messages = await ownMessages(deletion.queries, deletion.db, id, chunk);
  await deleteMessages(deletion, messages);
  return messages.length;
}

/** Rows that stand under the conversation itself. */
async function ownMessages(queries: StoreQueries, db: Deletion['db'], id: string, limit: number) {
  const found = await db
    .selectFrom('context_messages')
    .select('num')
    .where('conversation_id', '=', id)
    .limit(limit)
    .execute();
  return queries.messages.byNum(found.map(({ num }) => Number(num)));
}

async function deleteRest(deletion: Deletion, id: string): Promise<void> {
  const { db, queries, rows } = deletion;
  const summaries = await db
    .selectFrom('context_summaries')
    .select(['num', 'id', 'state'])
    .where('conversation_id', '=', id)
    .execute();
  await deleteSummaries(deletion, summaries);
  const remove = async (table: 'context_blocks' | 'context_windows' | 'context_links') => {
    const { numDeletedRows } = await db.deleteFrom(table).where('conversation_id', '=', id).executeTakeFirst();
    return Number(numDeletedRows);
  };
  rows.blocks += await remove('context_blocks');
  rows.windows += await remove('context_windows');
  rows.links += await remove('context_links');
  rows.jobs += await deleteJobs(deletion, id);
  rows.conversations += await queries.conversations.delete(id);
  await dropUnusedScopes(db);
}

/** Keys of jobs are `<kind>:<conversation>:…`; the deletion that runs is one itself. */
async function deleteJobs({ db }: Deletion, id: string): Promise<number> {
  const pattern = `%:${id.replaceAll(/[!%_]/g, '!$&')}:%`;
  const { numAffectedRows } =
    await sql`delete from context_jobs where kind <> 'forget' and key like ${pattern} escape '!'`.execute(db);
  return Number(numAffectedRows ?? 0);
}
