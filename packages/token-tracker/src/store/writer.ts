import { sql } from 'kysely';
import type { AnyKysely, Writer } from '../types.js';

/** The writer of a tracker that is given none: a transaction per write. */
export function transactionWriter(kysely: AnyKysely): Writer {
  return {
    submit: (write) => kysely.connection().execute((connection) => inTransaction(connection, write)),
  };
}

async function inTransaction<Result>(
  connection: AnyKysely,
  write: (transaction: AnyKysely) => Promise<Result>,
): Promise<Result> {
  await sql`begin immediate`.execute(connection);
  try {
    const result = await write(connection);
    await sql`commit`.execute(connection);
    return result;
  } catch (error) {
    // SQLite has ended the transaction itself after some errors; then there is nothing to roll back.
    await sql`rollback`.execute(connection).catch(() => {});
    throw error;
  }
}
