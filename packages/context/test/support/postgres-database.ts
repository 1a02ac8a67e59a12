import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import { migrateContext } from '../../src/index.js';

let next = 0;

/** A migrated schema of its own on the server of the tests. */
export async function postgresDatabase(
  socket: string,
): Promise<{ kysely: Kysely<unknown>; open(): Kysely<unknown> } & AsyncDisposable> {
  const schema = `t${process.pid}_${next++}`;
  const connection = { host: socket, user: 'tale', database: 'postgres' };
  const admin = new pg.Client(connection);
  await admin.connect();
  await admin.query(`create schema ${schema}`);
  const opened: Kysely<unknown>[] = [];
  const open = () => {
    const pool = new pg.Pool({ ...connection, max: 4, options: `-c search_path=${schema}` });
    const kysely = new Kysely<unknown>({ dialect: new PostgresDialect({ pool }) });
    opened.push(kysely);
    return kysely;
  };
  const kysely = open();
  await migrateContext(kysely);
  return {
    kysely,
    open,
    async [Symbol.asyncDispose]() {
      for (const one of opened) await one.destroy();
      // A migration reads the names of all schemas: none may go meanwhile, so this takes the turn of a writer.
      await admin.query(
        `begin; select pg_advisory_xact_lock(hashtext('@tale/context')); drop schema ${schema} cascade; commit`,
      );
      await admin.end();
    },
  };
}
