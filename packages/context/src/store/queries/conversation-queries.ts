import { sql } from 'kysely';
import type { ChainPart, ConversationFilter, ConversationRow, StoreQueries } from '../contract.js';
import type { Tables } from '../index-driver.js';
import { conversationOf } from '../rows.js';
import type { RunStatement } from '../run-statement.js';
import type { ConversationTable } from '../schema.js';
import { scopeNumber } from './scope-numbers.js';

const deepest = 64; // of a damaged chain

const nextSeq = `update context_conversations set last_seq = last_seq + 1, updated_at = case when updated_at > ? then updated_at
  else ? end where id = ? and closed_at is null returning *`;

/** Queries of conversations. */
export function conversationQueries(db: Tables, run: RunStatement): StoreQueries['conversations'] {
  const table = () => db.selectFrom('context_conversations').selectAll();

  async function get(id: string): Promise<ConversationRow | null> {
    const row = await table().where('id', '=', id).executeTakeFirst();
    return row ? conversationOf(row) : null;
  }

  return {
    get,
    async insert(row) {
      const ownerNum = await scopeNumber(db, row.owner, null);
      const projectNum = await scopeNumber(db, row.owner, row.project ?? '');
      const { rows } = await sql<{
        num: number;
      }>`select coalesce(max(num), 0) + 1 as num from context_conversations`.execute(db);
      const num = Number(rows[0]!.num);
      await db
        .insertInto('context_conversations')
        .values({
          num,
          id: row.id,
          title: row.title,
          is_titled: row.isTitled ? 1 : 0,
          owner: row.owner,
          project: row.project,
          folder: row.folder,
          parent_id: row.parentId,
          fork_seq: row.forkSeq,
          owner_num: ownerNum,
          project_num: projectNum,
          is_private: row.isPrivate ? 1 : 0,
          created_at: row.createdAtMs,
          updated_at: row.updatedAtMs,
          archived_at: row.archivedAtMs,
          closed_at: null,
          last_seq: row.forkSeq,
          meta: JSON.stringify(row.meta),
        })
        .execute();
      return { ...row, num, ownerNum, projectNum, closedAtMs: null, lastSeq: row.forkSeq };
    },
    async byNum(nums) {
      if (nums.length === 0) return [];
      return (await table().where('num', 'in', nums).execute()).map(conversationOf);
    },
    async nextSeq(id, nowMs) {
      const [row] = await run<ConversationTable>(db, nextSeq, [nowMs, nowMs, id]);
      return row ? conversationOf(row) : null;
    },
    async chain(id) {
      const parts: ChainPart[] = [];
      let toSeq = Number.POSITIVE_INFINITY;
      for (let next: string | null = id; next !== null && parts.length < deepest; ) {
        const row: ConversationRow | null = await get(next);
        if (!row) break;
        parts.unshift({ conversationId: row.id, conversationNum: row.num, fromSeq: row.forkSeq + 1, toSeq });
        toSeq = Math.min(toSeq, row.forkSeq);
        next = row.parentId;
      }
      return parts;
    },
    async forks(id) {
      return (await table().where('parent_id', '=', id).orderBy('num').execute()).map(conversationOf);
    },
    async list(filter) {
      return (await listQuery(db, filter).execute()).map(conversationOf);
    },
    async update(id, change) {
      const set: Partial<ConversationTable> = {};
      if (change.title !== undefined) set.title = change.title;
      if (change.isTitled !== undefined) set.is_titled = change.isTitled ? 1 : 0;
      if (change.archivedAtMs !== undefined) set.archived_at = change.archivedAtMs;
      if (change.closedAtMs !== undefined) set.closed_at = change.closedAtMs;
      if (change.updatedAtMs !== undefined) set.updated_at = change.updatedAtMs;
      if (change.lastSeq !== undefined) set.last_seq = change.lastSeq;
      if (change.parentId !== undefined) set.parent_id = change.parentId;
      if (change.forkSeq !== undefined) set.fork_seq = change.forkSeq;
      await db.updateTable('context_conversations').set(set).where('id', '=', id).execute();
    },
    async delete(id) {
      const { numDeletedRows } = await db.deleteFrom('context_conversations').where('id', '=', id).executeTakeFirst();
      return Number(numDeletedRows);
    },
  };
}

function listQuery(db: Tables, filter: ConversationFilter) {
  let query = db.selectFrom('context_conversations').selectAll().where('owner', '=', filter.owner);
  if (!filter.withClosed) query = query.where('closed_at', 'is', null);
  if (filter.project === null) query = query.where('project', 'is', null);
  else if (filter.project !== undefined) query = query.where('project', '=', filter.project);
  if (filter.folder === null) query = query.where('folder', 'is', null);
  else if (filter.folder !== undefined) query = query.where('folder', '=', filter.folder);
  if (filter.archived !== undefined) query = query.where('archived_at', filter.archived ? 'is not' : 'is', null);
  if (filter.updatedBeforeMs !== undefined) query = query.where('updated_at', '<', filter.updatedBeforeMs);
  const { titleText, nums, before } = filter;
  if (titleText !== undefined && nums) {
    const title = sql<boolean>`lower(title) like ${likePattern(titleText)} escape '!'`;
    query = query.where((where) => where.or(nums.length > 0 ? [title, where('num', 'in', [...nums])] : [title]));
  }
  if (before) {
    query = query.where(sql<boolean>`(updated_at, num) < (${before.updatedAtMs}, ${before.num})`);
  }
  query = query.orderBy('updated_at', 'desc').orderBy('num', 'desc');
  return filter.limit === undefined ? query : query.limit(filter.limit);
}

/** A pattern of LIKE that holds the text somewhere; `!` escapes. */
export function likePattern(text: string): string {
  return `%${text.toLowerCase().replaceAll(/[!%_]/g, '!$&')}%`;
}
