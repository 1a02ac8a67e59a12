import { sql } from 'kysely';
import type { BlockRow, ChainPart, CountRow, StoreQueries } from '../contract.js';
import type { Tables } from '../index-driver.js';
import { windowOf } from '../rows.js';
import { inChunks } from './in-chunks.js';

type ChainOf = (id: string) => Promise<ChainPart[]>;

/** Queries of token counts. */
export function countQueries(db: Tables, chainOf: ChainOf): StoreQueries['counts'] {
  const asCount = (row: { num: number; tokenizer: string; tokens: number; exact: number }): CountRow => ({
    num: Number(row.num),
    tokenizer: row.tokenizer,
    tokens: Number(row.tokens),
    exact: Number(row.exact) === 1,
  });
  const byNum = (rows: readonly CountRow[]) => new Map(rows.map((row) => [row.num, row]));
  return {
    async get(nums, tokenizer) {
      const rows = await inChunks(nums, (some) =>
        db
          .selectFrom('context_counts')
          .selectAll()
          .where('num', 'in', some)
          .where('tokenizer', '=', tokenizer)
          .execute(),
      );
      return byNum(rows.map(asCount));
    },
    async ofConversation(conversationId, tokenizer, fromSeq) {
      const counts: CountRow[] = [];
      for (const part of await chainOf(conversationId)) {
        let query = db
          .selectFrom('context_messages as m')
          .innerJoin('context_counts as c', 'c.num', 'm.num')
          .select(['c.num', 'c.tokenizer', 'c.tokens', 'c.exact'])
          .where('m.conversation_id', '=', part.conversationId)
          .where('m.seq', '>=', Math.max(part.fromSeq, fromSeq))
          .where('c.tokenizer', '=', tokenizer);
        if (Number.isFinite(part.toSeq)) query = query.where('m.seq', '<=', part.toSeq);
        counts.push(...(await query.execute()).map(asCount));
      }
      return byNum(counts);
    },
    async put(rows) {
      for (let start = 0; start < rows.length; start += 200) {
        const values = rows.slice(start, start + 200).map((row) => ({ ...row, exact: row.exact ? 1 : 0 }));
        await db
          .insertInto('context_counts')
          .values(values)
          .onConflict((conflict) =>
            conflict.columns(['num', 'tokenizer']).doUpdateSet((now) => ({
              tokens: now.ref('excluded.tokens'),
              exact: now.ref('excluded.exact'),
            })),
          )
          .execute();
      }
    },
  };
}

/** Queries of text that was added to turns. */
export function blockQueries(db: Tables, chainOf: ChainOf): StoreQueries['blocks'] {
  return {
    async range(conversationId, fromSeq) {
      const blocks: BlockRow[] = [];
      for (const part of await chainOf(conversationId)) {
        let query = db
          .selectFrom('context_blocks')
          .selectAll()
          .where('conversation_id', '=', part.conversationId)
          .where('seq', '>=', Math.max(part.fromSeq, fromSeq))
          .orderBy('seq');
        if (Number.isFinite(part.toSeq)) query = query.where('seq', '<=', part.toSeq);
        for (const row of await query.execute()) {
          blocks.push({
            conversationId: row.conversation_id,
            seq: Number(row.seq),
            text: row.text,
            sources: JSON.parse(row.sources) as string[],
            tokens: Number(row.tokens),
          });
        }
      }
      return blocks;
    },
    async put(row) {
      const values = { text: row.text, sources: JSON.stringify(row.sources), tokens: row.tokens };
      await db
        .insertInto('context_blocks')
        .values({ conversation_id: row.conversationId, seq: row.seq, ...values })
        .onConflict((conflict) => conflict.columns(['conversation_id', 'seq']).doUpdateSet(values))
        .execute();
    },
  };
}

/** Queries of windows. */
export function windowQueries(db: Tables): StoreQueries['windows'] {
  return {
    async get(conversationId, model) {
      const row = await db
        .selectFrom('context_windows')
        .selectAll()
        .where('conversation_id', '=', conversationId)
        .where('model', '=', model)
        .executeTakeFirst();
      return row ? windowOf(row) : null;
    },
    async put(row) {
      const values = {
        epoch: row.epoch,
        first_seq: row.firstSeq,
        pins: JSON.stringify(row.pins),
        summaries: JSON.stringify(row.summaries),
        prefix_sha256: row.prefixSha256,
        base_tokens: row.baseTokens,
        state: JSON.stringify(row.state),
        updated_at: row.updatedAtMs,
      };
      await db
        .insertInto('context_windows')
        .values({ conversation_id: row.conversationId, model: row.model, ...values })
        .onConflict((conflict) => conflict.columns(['conversation_id', 'model']).doUpdateSet(values))
        .execute();
    },
    async evicted() {
      const { rows } = await sql<{
        id: string;
        last: number;
      }>`select w.conversation_id as id, max(w.first_seq) - 1 as last
        from context_windows w join context_conversations c on c.id = w.conversation_id
        where w.first_seq > 1 and c.is_private = 0 and c.closed_at is null group by w.conversation_id
        order by max(w.updated_at)`.execute(db);
      return rows.map(({ id, last }) => ({ conversationId: id, toSeq: Number(last) }));
    },
    async shownSummaries(conversationId) {
      const rows = await db
        .selectFrom('context_windows')
        .select('summaries')
        .where('conversation_id', '=', conversationId)
        .execute();
      return rows.flatMap(({ summaries }) => JSON.parse(summaries) as string[]);
    },
  };
}
