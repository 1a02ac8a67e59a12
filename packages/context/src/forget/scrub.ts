import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import type { OpenStore } from '../store/open-store.js';

const tries = 40;
const pauseMs = 25;

/**
 * Takes deleted text out of the files: FTS5 and SQLite have overwritten it in their pages, so it stands in the write-ahead log alone until
 * that is emptied. False where a reader holds the log, and on PostgreSQL, which keeps dead rows until VACUUM.
 */
export async function scrub({ dialect, kysely }: OpenStore): Promise<boolean> {
  if (dialect === 'postgres') return false;
  for (let attempt = 0; attempt < tries; attempt++) {
    if (await checkpoint(kysely)) return true;
    await sleep(pauseMs);
  }
  return false;
}

async function checkpoint(kysely: OpenStore['kysely']): Promise<boolean> {
  try {
    return await kysely.connection().execute(async (connection) => {
      const { rows: before } = await sql<{ timeout: number }>`pragma busy_timeout`.execute(connection);
      await sql`pragma busy_timeout = 0`.execute(connection); // SQLite's own wait blocks the event loop
      try {
        const { rows } = await sql<{ busy: number }>`pragma wal_checkpoint(truncate)`.execute(connection);
        return rows[0]?.busy === 0;
      } finally {
        await sql`pragma busy_timeout = ${sql.lit(before[0]?.timeout ?? 0)}`.execute(connection);
      }
    });
  } catch {
    return false; // another connection checkpoints
  }
}
