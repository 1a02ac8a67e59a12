import type { Tables } from '../store/index-driver.js';
import type { Database } from '../types.js';

/** One deletion in the record of deletions: no text, no titles. */
export interface DeletionRecord {
  readonly id: string;
  readonly atMs: number;
  readonly action: string;
  readonly scopeKind: string;
  readonly count: number;
  readonly by: string;
  readonly isDone: boolean;
}

/** Writes or changes the record of a deletion. */
export async function recordDeletion(trx: Database, record: DeletionRecord): Promise<void> {
  const db: Tables = trx;
  const values = { count: record.count, is_done: record.isDone ? 1 : 0 };
  await db
    .insertInto('context_forgotten')
    .values({
      id: record.id,
      at: record.atMs,
      action: record.action,
      scope_kind: record.scopeKind,
      by: record.by,
      ...values,
    })
    .onConflict((conflict) => conflict.column('id').doUpdateSet(values))
    .execute();
}
