import { sql } from 'kysely';
import type { IndexedKind, LinkRow, StoreQueries, VectorRow } from '../contract.js';
import type { Tables } from '../index-driver.js';
import { inChunks } from './in-chunks.js';

/** Queries of links between messages and tasks. */
export function linkQueries(db: Tables): StoreQueries['links'] {
  return {
    async put(row) {
      await db
        .insertInto('context_links')
        .values({
          conversation_id: row.conversationId,
          message_num: row.messageNum,
          task_id: row.taskId,
          kind: row.kind,
          created_at: row.createdAtMs,
        })
        .onConflict((conflict) => conflict.columns(['conversation_id', 'task_id', 'kind', 'message_num']).doNothing())
        .execute();
    },
    async of(conversationId) {
      const rows = await db
        .selectFrom('context_links')
        .selectAll()
        .where('conversation_id', '=', conversationId)
        .orderBy('created_at', 'desc')
        .orderBy('message_num', 'desc')
        .execute();
      return rows.map(
        (row): LinkRow => ({
          conversationId: row.conversation_id,
          messageNum: row.message_num === null ? null : Number(row.message_num),
          taskId: row.task_id,
          kind: row.kind as LinkRow['kind'],
          createdAtMs: Number(row.created_at),
        }),
      );
    },
  };
}

/** Queries of vectors. */
export function vectorQueries(db: Tables): StoreQueries['vectors'] {
  return {
    async get(nums, embedder) {
      const rows = await inChunks(nums, (some) =>
        db
          .selectFrom('context_vectors')
          .selectAll()
          .where('num', 'in', some)
          .where('embedder', '=', embedder)
          .execute(),
      );
      return rows.map(
        (row): VectorRow => ({
          num: Number(row.num),
          kind: row.kind as IndexedKind,
          embedder: row.embedder,
          vector: new Float32Array(Uint8Array.from(row.vector).buffer),
        }),
      );
    },
    async put(rows) {
      for (const row of rows) {
        const { buffer, byteOffset, byteLength } = row.vector;
        const values = { vector: Buffer.from(buffer as ArrayBuffer, byteOffset, byteLength) };
        await db
          .insertInto('context_vectors')
          .values({ num: row.num, kind: row.kind, embedder: row.embedder, ...values })
          .onConflict((conflict) => conflict.columns(['num', 'kind', 'embedder']).doUpdateSet(values))
          .execute();
      }
    },
    async missing(embedder, limit) {
      const none = sql`not exists (select 1 from context_vectors v where v.num = r.num and v.embedder = ${embedder})`;
      const { rows } = await sql<{ num: number; kind: IndexedKind; text: string }>`select num, kind, text from (
        select r.num, 'message' as kind, r.text from context_messages r join context_conversations c on c.id = r.conversation_id
          where c.is_private = 0 and r.status <> 'open' and r.role in ('user', 'assistant') and r.redacted_at is null
          and r.text <> '' and ${none}
        union all select r.num, 'memory', r.text from context_memories r where r.state = 'active' and ${none}
        union all select r.num, 'summary', r.text from context_summaries r where r.state = 'active' and ${none}
      ) missing order by num limit ${limit}`.execute(db);
      return rows.map((row) => ({ ...row, num: Number(row.num) }));
    },
  };
}
