import { type Kysely, type Migration, Migrator, sql } from 'kysely';
import type { AnyKysely } from '../types.js';
import { isBusy, retryBusy } from './busy.js';
import { tables } from './schema.js';
import { transactionWriter } from './writer.js';

const migrations: Record<string, Migration> = {
  '001-calls': {
    async up(kysely: Kysely<unknown>) {
      for (const statement of tables) await sql.raw(statement).execute(kysely);
    },
  },
};

/**
 * Makes or updates the tables `tokens_*`; their versions are kept in `tokens_migrations`. Several processes may call it at the same moment on
 * one file: each takes the write lock first.
 */
export async function migrateTokens(kysely: AnyKysely): Promise<void> {
  const startedAtMs = performance.now();
  // Kysely's own migration lock does nothing on SQLite.
  const migrate = () => transactionWriter(kysely).submit(toLatest);
  try {
    await migrate();
  } catch (error) {
    if (!isBusy(error)) throw error;
    await retryBusy(startedAtMs, migrate);
  }
}

async function toLatest(transaction: AnyKysely): Promise<void> {
  const migrator = new Migrator({
    db: transaction,
    provider: { getMigrations: async () => migrations },
    migrationTableName: 'tokens_migrations',
    migrationLockTableName: 'tokens_migrations_lock',
  });
  const { error } = await migrator.migrateToLatest();
  if (error) throw error;
}
