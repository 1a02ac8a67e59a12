import { sql } from 'kysely';
import type { MemoryFilter, StoreQueries } from '../contract.js';
import type { IndexDriver, Tables } from '../index-driver.js';
import { bigrams } from '../index-tokens.js';
import { memoryOf } from '../rows.js';
import type { MemoryTable } from '../schema.js';
import { likePattern } from './conversation-queries.js';
import { inChunks } from './in-chunks.js';
import { scopeNumber } from './scope-numbers.js';

/** Queries of memories; all of them are in the index, whatever their state. */
export function memoryQueries(db: Tables, index: IndexDriver): StoreQueries['memories'] {
  const table = () => db.selectFrom('context_memories').selectAll();
  return {
    async insert(memory) {
      const num = await index.nextNum(db);
      const ownerNum = await scopeNumber(db, memory.owner, null);
      const projectNum = await scopeNumber(db, memory.owner, memory.project ?? '');
      const grams = bigrams(memory.text);
      await db
        .insertInto('context_memories')
        .values({
          num,
          id: memory.id,
          owner: memory.owner,
          project: memory.project,
          owner_num: ownerNum,
          project_num: projectNum,
          kind: memory.kind,
          text: memory.text,
          grams,
          quote: memory.quote,
          source_num: memory.sourceNum,
          source_id: memory.sourceId,
          origin: memory.origin,
          state: memory.state,
          pinned: memory.pinned ? 1 : 0,
          superseded_by: memory.supersededBy,
          valid_from: memory.validFromMs,
          valid_to: memory.validToMs,
          created_at: memory.createdAtMs,
          used_at: memory.usedAtMs,
          uses: memory.uses,
        })
        .execute();
      const entry = { num, conversationNum: null, ownerNum, projectNum, isPrivate: false, text: memory.text, grams };
      await index.add(db, { ...entry, role: 'm' });
      return { ...memory, num };
    },
    async get(id) {
      const row = await table().where('id', '=', id).executeTakeFirst();
      return row ? memoryOf(row) : null;
    },
    byNum: (nums) => inChunks(nums, async (some) => (await table().where('num', 'in', some).execute()).map(memoryOf)),
    async list(filter) {
      return (await listQuery(db, filter).execute()).map(memoryOf);
    },
    async update(num, change) {
      const set: Partial<MemoryTable> = {};
      if (change.state !== undefined) set.state = change.state;
      if (change.pinned !== undefined) set.pinned = change.pinned ? 1 : 0;
      if (change.supersededBy !== undefined) set.superseded_by = change.supersededBy;
      if (change.validToMs !== undefined) set.valid_to = change.validToMs;
      if (change.usedAtMs !== undefined) set.used_at = change.usedAtMs;
      if (change.uses !== undefined) set.uses = change.uses;
      if (Object.keys(set).length === 0) return;
      await db.updateTable('context_memories').set(set).where('num', '=', num).execute();
    },
    async delete(nums) {
      if (nums.length === 0) return;
      await index.remove(db, nums);
      await db.deleteFrom('context_vectors').where('num', 'in', nums).execute();
      await db.deleteFrom('context_memories').where('num', 'in', nums).execute();
    },
  };
}

function listQuery(db: Tables, filter: MemoryFilter) {
  let query = db.selectFrom('context_memories').selectAll().where('owner', '=', filter.owner);
  const { project } = filter;
  if (project === null) query = query.where('project', 'is', null);
  else if (project !== undefined && filter.withGeneral) {
    query = query.where((where) => where.or([where('project', '=', project), where('project', 'is', null)]));
  } else if (project !== undefined) query = query.where('project', '=', project);
  if (filter.kinds) query = query.where('kind', 'in', [...filter.kinds]);
  if (filter.states) query = query.where('state', 'in', [...filter.states]);
  if (filter.pinned !== undefined) query = query.where('pinned', '=', filter.pinned ? 1 : 0);
  if (filter.sourceNums) query = query.where('source_num', 'in', [...filter.sourceNums]);
  if (filter.text !== undefined)
    query = query.where(sql<boolean>`lower(text) like ${likePattern(filter.text)} escape '!'`);
  query = query.orderBy('created_at', 'desc').orderBy('num', 'desc');
  return filter.limit === undefined ? query : query.limit(filter.limit);
}
