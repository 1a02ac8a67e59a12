import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Kysely, PostgresDialect, SqliteDialect, sql } from 'kysely';
import { migrateContext } from '../store/migrations.js';
import type { Database } from '../types.js';
import { UsageError } from './arguments.js';

/** An empty database that goes when it is disposed of. */
export interface TemporaryDatabase extends AsyncDisposable {
  readonly kysely: Database;
}

/** A migrated database of its own: a file in a temporary folder, or a schema of the server that `TALE_DATABASE_URL` names. */
export async function openDatabase(store: 'sqlite' | 'postgres', url: string | undefined): Promise<TemporaryDatabase> {
  if (store === 'sqlite') return openSqlite();
  if (url === undefined) throw new UsageError('--store postgres needs TALE_DATABASE_URL=postgres://….');
  return openPostgres(url);
}

async function openSqlite(): Promise<TemporaryDatabase> {
  const { default: Sqlite } = await import('better-sqlite3');
  const folder = await mkdtemp(join(tmpdir(), 'tale-context-eval-'));
  const database = new Sqlite(join(folder, 'eval.db'));
  database.pragma('journal_mode = wal');
  database.pragma('synchronous = normal');
  const kysely: Database = new Kysely({ dialect: new SqliteDialect({ database }) });
  await migrateContext(kysely);
  return {
    kysely,
    async [Symbol.asyncDispose]() {
      await kysely.destroy();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function openPostgres(url: string): Promise<TemporaryDatabase> {
  const { default: pg } = await import('pg');
  const schema = `tale_context_eval_${process.pid}_${Date.now()}`;
  const admin: Database = new Kysely({
    dialect: new PostgresDialect({ pool: new pg.Pool({ connectionString: url, max: 1 }) }),
  });
  await sql`create schema ${sql.id(schema)}`.execute(admin);
  const pool = new pg.Pool({ connectionString: url, options: `-c search_path=${schema}` });
  const kysely: Database = new Kysely({ dialect: new PostgresDialect({ pool }) });
  await migrateContext(kysely);
  return {
    kysely,
    async [Symbol.asyncDispose]() {
      await kysely.destroy();
      await sql`drop schema ${sql.id(schema)} cascade`.execute(admin);
      await admin.destroy();
    },
  };
}
