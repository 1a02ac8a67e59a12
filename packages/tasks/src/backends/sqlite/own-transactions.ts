import { setTimeout as sleep } from 'node:timers/promises';
import { CompiledQuery } from 'kysely';
import { TasksError } from '../../errors.js';
import type { Database, Writer } from '../../types.js';
import { isBusy } from './busy.js';

const tries = 10;
const longestPauseMs = 50;

/** A transaction of its own for each write; waits with jitter while other processes write. */
export function ownTransactions(kysely: Database, random: () => number = Math.random): Writer {
  return {
    submit: (write) =>
      kysely.connection().execute(async (connection) => {
        // Kysely's own transactions begin deferred: a read in one that turns into a write fails without waiting.
        await begin(connection, random);
        try {
          const result = await write(connection);
          await connection.executeQuery(CompiledQuery.raw('commit'));
          return result;
        } catch (error) {
          // SQLite may have rolled back by itself, after a full disk for example.
          await connection.executeQuery(CompiledQuery.raw('rollback')).catch(() => {});
          throw error;
        }
      }),
  };
}

async function begin(connection: Database, random: () => number): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await connection.executeQuery(CompiledQuery.raw('begin immediate'));
      return;
    } catch (error) {
      if (!isBusy(error)) throw error;
      if (attempt === tries) {
        throw new TasksError('storage-busy', 'the database is locked by another process', {
          cause: error,
          retryable: true,
        });
      }
    }
    await sleep(random() * longestPauseMs);
  }
}
