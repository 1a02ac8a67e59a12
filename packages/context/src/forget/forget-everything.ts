import { sql } from 'kysely';
import { type Run, step } from './delete-conversation.js';
import type { RowKind } from './types.js';

const tables: readonly (readonly [RowKind | null, string])[] = [
  ['blocks', 'context_blocks'],
  ['counts', 'context_counts'],
  ['windows', 'context_windows'],
  ['summaries', 'context_summaries'],
  ['memories', 'context_memories'],
  ['links', 'context_links'],
  ['vectors', 'context_vectors'],
  ['messages', 'context_messages'],
  ['conversations', 'context_conversations'],
  ['learned', 'context_learned'],
  [null, 'context_scopes'],
];

/**
 * Empties every table but the record of deletions, in one transaction. Other orders of deletions, which hold what they look for, have nothing
 * left to do and go as well.
 */
export async function forgetEverything(run: Run, ownKey: string): Promise<void> {
  const isSqlite = run.store.dialect === 'sqlite';
  await step(run, async ({ db, rows }) => {
    const count = async (table: string) => {
      const found = await sql<{ n: number }>`select count(*) as n from ${sql.table(table)}`.execute(db);
      return Number(found.rows[0]!.n);
    };
    rows.index += await count(isSqlite ? 'context_fts_docsize' : 'context_index');
    if (isSqlite) await sql`insert into context_fts (context_fts) values ('delete-all')`.execute(db);
    else {
      await sql`truncate context_index, context_terms`.execute(db);
      await sql`update context_totals set documents = 0, tokens = 0`.execute(db);
    }
    for (const [kind, table] of tables) {
      if (kind) rows[kind] += await count(table);
      await sql`delete from ${sql.table(table)}`.execute(db);
    }
    const { numAffectedRows } = await sql`delete from context_jobs where key <> ${ownKey}`.execute(db);
    rows.jobs += Number(numAffectedRows ?? 0);
    await sql`update context_forgotten set is_done = 1`.execute(db); // the own one is written again at its end
  });
}

/** Rows that it would take. */
export async function countEverything(run: Run): Promise<void> {
  const { store, rows } = run;
  for (const [kind, table] of tables) {
    if (!kind) continue;
    const found = await sql<{ n: number }>`select count(*) as n from ${sql.table(table)}`.execute(store.kysely);
    rows[kind] += Number(found.rows[0]!.n);
  }
  rows.index = rows.messages + rows.memories + rows.summaries;
}
