import { CompiledQuery, type Migration, Migrator } from 'kysely';
import type { Database } from '../types.js';
import { ownTransactions } from './own-transactions.js';

const first = [
  `create table ckpt_thread (
    id text not null primary key,
    head integer not null,
    head_hash blob not null,
    parent text,
    parent_step integer,
    format integer not null,
    schema_name text,
    schema_version integer,
    raw_bytes_since_base integer not null,
    state_bytes integer not null,
    updated_at integer not null,
    expires_at integer
  ) strict`,
  `create table ckpt_block (
    thread text not null references ckpt_thread (id) on delete cascade,
    first_step integer not null,
    steps integer not null,
    kind integer not null,
    codec integer not null,
    raw_bytes integer not null,
    body blob not null,
    state_hash blob,
    prev_hash blob not null,
    hash blob not null,
    unique (thread, first_step)
  ) strict`,
  `create table ckpt_label (
    thread text not null references ckpt_thread (id) on delete cascade,
    step integer not null,
    name text not null,
    unique (thread, name, step)
  ) strict`,
];

const migrations: Record<string, Migration> = {
  '0001-checkpoints': {
    async up(database) {
      for (const statement of first) await database.executeQuery(CompiledQuery.raw(statement));
    },
  },
};

/**
 * Brings the tables `ckpt_*` up to date. Several processes may call it at the same moment: all of it, the ledger `ckpt_migrations`
 * included, is one transaction that they take in turn.
 *
 * @throws {@link CheckpointError} `storage-busy`
 */
export async function migrateCheckpoints(kysely: Database): Promise<void> {
  await ownTransactions(kysely).submit(async (db) => {
    const migrator = new Migrator({
      db,
      provider: { getMigrations: async () => migrations },
      migrationTableName: 'ckpt_migrations',
      migrationLockTableName: 'ckpt_migrations_lock',
    });
    const { error } = await migrator.migrateToLatest();
    if (error !== undefined) throw error;
  });
}
