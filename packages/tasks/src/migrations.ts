import { CompiledQuery, type Migration, Migrator } from 'kysely';
import { ownTransactions } from './backends/sqlite/own-transactions.js';
import type { Database } from './types.js';

const first = [
  `create table task_task (
    id text not null primary key,
    owner text not null,
    key text,
    kind text not null,
    title text not null,
    priority integer not null,
    rank integer not null,
    state text not null,
    reason text,
    attempt integer not null,
    max_attempts integer not null,
    recoveries integer not null,
    runs integer not null,
    epoch integer not null,
    lease_owner text,
    lease_daemon text,
    lease_boot text,
    lease_until integer,
    not_before integer,
    deadline_at integer,
    cancel_reason text,
    created_at integer not null,
    started_at integer,
    ended_at integer,
    error text,
    payload text not null,
    result text
  ) strict`,
  'create unique index task_task_key on task_task (owner, key) where key is not null',
  `create index task_task_ready on task_task (rank, id) where state = 'ready'`,
  `create index task_task_queued on task_task (not_before) where state = 'queued'`,
  `create index task_task_running on task_task (lease_until) where state = 'running'`,
  `create index task_task_deadline on task_task (deadline_at)
    where deadline_at is not null and state in ('queued', 'ready', 'running')`,
  // No index begins with the state: SQLite would take it in place of the partial ones, and sort all ready tasks for a claim.
  'create index task_task_created on task_task (created_at, id, state)',
  `create table task_run (
    task_id text not null references task_task (id) on delete cascade,
    step_id text not null,
    run integer not null,
    server text not null,
    epoch integer not null,
    started_at integer not null,
    ended_at integer,
    "end" text,
    step integer,
    steps integer,
    percent real,
    eta_ms integer,
    message text,
    error text,
    primary key (step_id, run)
  ) strict`,
  'create index task_run_task on task_run (task_id)',
  `create table task_event (
    seq integer primary key autoincrement,
    at integer not null,
    task_id text not null references task_task (id) on delete cascade,
    step_id text,
    run integer,
    type text not null,
    body text not null
  ) strict`,
  'create index task_event_task on task_event (task_id, seq)',
];

const migrations: Record<string, Migration> = {
  '0001-tasks': {
    async up(database) {
      for (const statement of first) await database.executeQuery(CompiledQuery.raw(statement));
    },
  },
};

/**
 * Brings the tables `task_*` up to date. Several processes may call it at the same moment: all of it, the ledger
 * `task_migrations` included, is one transaction that they take in turn.
 */
export async function migrateTasks(kysely: Database): Promise<void> {
  await ownTransactions(kysely).submit(async (db) => {
    const migrator = new Migrator({
      db,
      provider: { getMigrations: async () => migrations },
      migrationTableName: 'task_migrations',
      migrationLockTableName: 'task_migrations_lock',
    });
    const { error } = await migrator.migrateToLatest();
    if (error !== undefined) throw error;
  });
}
