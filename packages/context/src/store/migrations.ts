import { CompiledQuery, type Kysely, type Migration, Migrator, sql } from 'kysely';
import type { Database } from '../types.js';
import { dialectOf } from './dialect.js';
import { ownTransactions } from './own-transactions.js';
import { firstTables } from './tables.js';

const migrations: Record<string, Migration> = {
  '0001-context': {
    async up(database: Kysely<unknown>) {
      for (const statement of firstTables(dialectOf(database))) {
        await database.executeQuery(CompiledQuery.raw(statement));
      }
    },
  },
};

/**
 * Brings the tables `context_*` up to date. Several processes may call it at the same moment: all of it, the ledger `context_migrations`
 * included, is one transaction that they take in turn.
 *
 * @throws {@link ContextError} `store-busy`, `store-full`
 */
export async function migrateContext(kysely: Database): Promise<void> {
  await ownTransactions(kysely).submit(async (db) => {
    const migrator = new Migrator({
      db,
      provider: { getMigrations: async () => migrations },
      ...(await ledgerSchema(db)),
      migrationTableName: 'context_migrations',
      migrationLockTableName: 'context_migrations_lock',
    });
    const { error } = await migrator.migrateToLatest();
    if (error !== undefined) throw error;
  });
}

/** PostgreSQL may have a ledger of this name in another schema, which Kysely would take for this one. */
async function ledgerSchema(db: Database): Promise<{ migrationTableSchema?: string }> {
  if (dialectOf(db) === 'sqlite') return {};
  const { rows } = await sql<{ name: string }>`select current_schema() as name`.execute(db);
  return { migrationTableSchema: rows[0]!.name };
}
