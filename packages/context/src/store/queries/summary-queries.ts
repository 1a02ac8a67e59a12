import type { ChainPart, StoreQueries, SummaryRow } from '../contract.js';
import type { IndexDriver, Tables } from '../index-driver.js';
import { bigrams } from '../index-tokens.js';
import { summaryOf } from '../rows.js';
import { inChunks } from './in-chunks.js';

/** Queries of summaries. Only active ones are in the index. */
export function summaryQueries(
  db: Tables,
  index: IndexDriver,
  chainOf: (id: string) => Promise<ChainPart[]>,
): StoreQueries['summaries'] {
  const table = () => db.selectFrom('context_summaries').selectAll();
  return {
    async insert(summary) {
      const num = await index.nextNum(db);
      const grams = bigrams(summary.text);
      await db
        .insertInto('context_summaries')
        .values({
          num,
          id: summary.id,
          conversation_id: summary.conversationId,
          level: summary.level,
          from_seq: summary.fromSeq,
          to_seq: summary.toSeq,
          kind: summary.kind,
          text: summary.text,
          grams,
          tokens: summary.tokens,
          model: summary.model,
          prompt_version: summary.promptVersion,
          source_sha256: summary.sourceSha256,
          state: summary.state,
          created_at: summary.createdAtMs,
        })
        .execute();
      if (summary.state === 'active') {
        const conversation = await db
          .selectFrom('context_conversations')
          .select(['num', 'owner_num', 'project_num', 'is_private'])
          .where('id', '=', summary.conversationId)
          .executeTakeFirstOrThrow();
        await index.add(db, {
          num,
          conversationNum: Number(conversation.num),
          ownerNum: Number(conversation.owner_num),
          projectNum: Number(conversation.project_num),
          isPrivate: Number(conversation.is_private) === 1,
          role: 's',
          text: summary.text,
          grams,
        });
      }
      return { ...summary, num };
    },
    async get(id) {
      const row = await table().where('id', '=', id).executeTakeFirst();
      return row ? summaryOf(row) : null;
    },
    byNum: (nums) => inChunks(nums, async (some) => (await table().where('num', 'in', some).execute()).map(summaryOf)),
    async of(conversationId, states) {
      const found: SummaryRow[] = [];
      for (const part of await chainOf(conversationId)) {
        let query = table().where('conversation_id', '=', part.conversationId);
        if (Number.isFinite(part.toSeq)) query = query.where('to_seq', '<=', part.toSeq);
        if (states) query = query.where('state', 'in', [...states]);
        found.push(...(await query.execute()).map(summaryOf));
      }
      return found.sort((a, b) => a.level - b.level || a.fromSeq - b.fromSeq || a.num - b.num);
    },
    async covering(conversationId, fromSeq, toSeq) {
      const rows = await table()
        .where('conversation_id', '=', conversationId)
        .where('from_seq', '<=', toSeq)
        .where('to_seq', '>=', fromSeq)
        .execute();
      return rows.map(summaryOf);
    },
    async delete(nums) {
      if (nums.length === 0) return;
      const active = await db
        .selectFrom('context_summaries')
        .select('num')
        .where('num', 'in', [...nums])
        .where('state', '=', 'active')
        .execute();
      await index.remove(
        db,
        active.map(({ num }) => Number(num)),
      );
      await db.deleteFrom('context_vectors').where('num', 'in', nums).execute();
      await db.deleteFrom('context_summaries').where('num', 'in', nums).execute();
    },
  };
}
